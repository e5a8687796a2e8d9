import axios from 'axios';
import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob, readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent as UndiciAgent, request as undiciRequest, WebSocket as UndiciWebSocket } from 'undici';
import { WebSocket } from 'ws';

const [library = '', what = '', base = '', file = ''] = process.argv.slice(2);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Got {
  readonly status: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

type Call = (method: string, path: string, body?: Buffer | 'FILE') => Promise<Got>;

async function* none(): AsyncIterable<Uint8Array> {}

const callers: Readonly<Record<string, () => Call>> = {
  fetch: () => async (method, path, body) => {
    const sent = body === 'FILE' ? await openAsBlob(file) : body === undefined ? null : new Uint8Array(body);
    const answer = await fetch(base + path, { method, body: sent });
    return { status: answer.status, chunks: answer.body ?? none() };
  },
  undici: () => {
    const dispatcher = new UndiciAgent({ keepAliveTimeout: 60_000 });
    return async (method, path, body) => {
      const sent = body === 'FILE' ? createReadStream(file) : (body ?? null);
      const answer = await undiciRequest(base + path, { method: method as 'GET', body: sent, dispatcher });
      return { status: answer.statusCode, chunks: answer.body };
    };
  },
  axios: () => {
    const client = axios.create({
      httpAgent: new Agent({ keepAlive: true }),
      validateStatus: () => true,
      maxBodyLength: Infinity,
      proxy: false,
      responseType: 'stream',
    });
    return async (method, path, body) => {
      const data = body === 'FILE' ? readFileSync(file) : body;
      const answer = await client.request<AsyncIterable<Uint8Array>>({ method, url: base + path, data });
      return { status: answer.status, chunks: answer.data };
    };
  },
};

async function show(got: Got, isStream = false): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  let firstAt = 0;
  for await (const chunk of got.chunks) {
    if (firstAt === 0) firstAt = performance.now();
    hash.update(chunk);
    bytes += chunk.length;
  }
  if (isStream) say(`first line before the others: ${performance.now() - firstAt > 100}`);
  say(`${got.status} ${bytes} ${hash.digest('hex').slice(0, 12)}`);
}

async function converse(open: (path: string) => WebSocket | UndiciWebSocket): Promise<void> {
  const socket = open('/socket') as WebSocket;
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => socket.send('hello'));
    socket.addEventListener('message', ({ data }) => {
      say(typeof data === 'string' ? data : 'not a text');
      socket.close();
    });
    socket.addEventListener('close', () => resolve());
    socket.addEventListener('error', () => reject(new Error('no WebSocket')));
  });
  const refused = open('/upgrade-refused') as WebSocket;
  await new Promise<void>((resolve) => {
    if (refused instanceof WebSocket) {
      refused.on('unexpected-response', (_request, { statusCode, headers }) => {
        say(`${statusCode} ${headers['retry-after']}`);
        resolve();
        refused.terminate();
      });
    }
    refused.addEventListener('error', () => {
      say('refused');
      resolve();
    });
  });
}

async function run(): Promise<void> {
  if (what === 'upgrade') {
    const address = base.replace('http', 'ws');
    return converse((path) => (library === 'ws' ? new WebSocket(address + path) : new UndiciWebSocket(address + path)));
  }
  const call = callers[library]?.();
  if (call === undefined) throw new Error(`There is no client ${library}`);
  if (what === 'get') {
    for (const path of ['/get', '/large', '/empty']) await show(await call('GET', path));
  } else if (what === 'post') {
    await show(await call('POST', '/post', 'FILE'));
  } else if (what === 'refusal') {
    await show(await call('POST', '/unauthorized', Buffer.alloc(1000, 'x')));
    await show(await call('GET', '/after'));
  } else if (what === 'big-refusal') {
    await call('POST', '/too-large', 'FILE').then(show, () => say('broken'));
    await show(await call('GET', '/after'));
  } else if (what === 'idle') {
    await show(await call('GET', '/one'));
    await wait(1200);
    await show(await call('POST', '/two', Buffer.from('small')));
  } else {
    for (const path of ['/stream', '/events']) await show(await call('GET', path), true);
  }
}

await run();
process.exit(0);
