import { Agent, request } from 'node:http';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { type HeadlessClient, startHeadlessClient } from '../support/start-headless-client.ts';

/** What callers got. */
export interface CrowdCounts {
  /** Answers of the API, by method. */
  readonly answered: ReadonlyMap<string, number>;
  /** All else, by what it was: `GET 503 relay-draining`, `PUT ECONNRESET`. */
  readonly failed: ReadonlyMap<string, number>;
  /** The longest that one request took. */
  readonly slowestMs: number;
}

/** People with the app, and programs that use it all the time. */
export interface Crowd {
  readonly people: number;
  counts(): CrowdCounts;
  /** Lets requests under way end, and ends the rest. */
  close(): Promise<void>;
}

export interface CrowdOptions {
  readonly relayUrl: string;
  readonly ca: string;
  readonly users: readonly string[];
  /** Programs of each person. */
  readonly programs: number;
}

/** What programs do in turn: mostly reading, some writing, some that takes a while. */
const work = [
  ['GET', '/orders/4711'],
  ['GET', '/orders?state=open'],
  ['PUT', '/orders'],
  ['GET', '/slow'],
] as const;

/** Signs people in, and begins. */
export async function startCrowd({ relayUrl, ca, users, programs }: CrowdOptions): Promise<Crowd> {
  const answered = new Map<string, number>();
  const failed = new Map<string, number>();
  const clients: HeadlessClient[] = [];
  const running: Promise<void>[] = [];
  let slowestMs = 0;
  let isOver = false;
  const count = (counts: Map<string, number>, what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);

  const run = async (address: string, firstWork: number): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = firstWork; !isOver; turn += 1) {
      const [method, path] = work[turn % work.length] ?? work[0];
      const startedMs = performance.now();
      const outcome = await call(agent, method, `${address}${path}`);
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
      if (outcome === 'answered') count(answered, method);
      else count(failed, `${method} ${outcome}`);
    }
    agent.destroy();
  };
  for (const user of users) {
    const client = await startHeadlessClient({
      ca: [ca],
      deviceName: `${user}’s computer`,
      openBrowser: async (url) => void (await signInWithoutBrowser(url, { user })),
    });
    clients.push(client);
    const { id } = await client.signIn(relayUrl);
    const { address } = await client.connect(id, 'echo');
    for (let program = 0; program < programs; program += 1) running.push(run(address, program));
  }
  return {
    people: users.length,
    counts: () => ({ answered: new Map(answered), failed: new Map(failed), slowestMs }),
    async close() {
      isOver = true;
      await Promise.all(running);
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

function call(agent: Agent, method: string, url: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(url, { agent, method }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', (error) => resolve(wordOf(error)));
      response.on('end', () =>
        resolve(response.statusCode === 200 ? 'answered' : `${response.statusCode} ${codeIn(text)}`),
      );
    });
    sent.on('error', (error) => resolve(wordOf(error)));
    sent.end(method === 'PUT' ? 'an order' : undefined);
  });
}

function wordOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}

function codeIn(text: string): string {
  return /"code":\s*"(?<code>[^"]+)"/.exec(text)?.groups?.['code'] ?? text.slice(0, 80);
}
