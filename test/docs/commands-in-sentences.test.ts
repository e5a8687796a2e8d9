import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningCli, startCli } from '../client/support/run-cli.ts';
import { runRelayCommand, shellWords } from '../support/run-relay-command.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { postgresPrograms } from '../support/start-postgres.ts';
import { type BalancedRelays, startRelaysBehindBalancer } from '../three-relays/relays-behind-balancer.ts';
import { runInSentences } from './page-commands.ts';

const passphrase = { CAUSEWAY_PASSPHRASE: 'a passphrase for tests' };

interface Listed {
  readonly id: string;
  readonly current: boolean;
  readonly device: { readonly name: string };
}

/** What each command is to say; what a client says is JSON. */
const says: Readonly<Record<string, RegExp>> = {
  'relay check-config': /relay-1\.yaml/,
  'relay upgrade-check': /can use the config/,
  'relay audit sinks': /^storage \(postgres\) /m,
  'relay explain': /Allowed|allow/,
  'relay access approve': /approved/,
  'relay access refuse': /refused/,
  'relay access revoke': /revoked/,
  'relay revoke': /alice/,
  'causeway status': /"signedIn":true/,
  'causeway apis': /"id":"echo"/,
  'causeway connect': /"type":"connected"/,
  'causeway sessions': /"type":"sessions"/,
  'causeway sessions rename': /"name":"The one at home"/,
  'causeway sessions end': /"ended":\["[^"]+"\]/,
};

describe.runIf(postgresPrograms !== null && process.platform !== 'win32')('commands in sentences', () => {
  let world: BalancedRelays;
  let folder: string;
  const devices = ['laptop', 'desktop'] as const;

  const client = (device: (typeof devices)[number], words: readonly string[]): RunningCli =>
    startCli([...words, '--state-dir', join(folder, device), '--ca', join(folder, 'ca.pem'), '--no-browser'], {
      ...passphrase,
      CAUSEWAY_DEVICE_NAME: device,
    });
  async function signIn(device: (typeof devices)[number]): Promise<void> {
    const login = client(device, ['login', `https://127.0.0.1:${world.port}`]);
    const { url } = await login.line(({ type }) => type === 'open-page');
    await signInWithoutBrowser(String(url), { user: 'alice' });
    expect(await login.ended).toMatchObject({ code: 0 });
    // The relay knows a session by its requests.
    await connect(client(device, ['connect', 'echo']));
  }
  async function connect(connecting: RunningCli): Promise<string> {
    const connected = await connecting.line(({ type }) => type === 'connected');
    expect((await fetch(`${String(connected['address'])}/`)).status).toBe(200);
    connecting.child.kill('SIGINT');
    expect(await connecting.ended).toMatchObject({ code: 0 });
    return JSON.stringify(connected);
  }
  async function untilCode0(running: RunningCli): Promise<string> {
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([0, expect.anything()]);
    return running.lines.map((line) => JSON.stringify(line)).join('\n');
  }
  async function otherSession(): Promise<string> {
    const listing = client('laptop', ['sessions']);
    await untilCode0(listing);
    const listed = (listing.lines.at(-1)?.['sessions'] ?? []) as readonly Listed[];
    const other = listed.find(({ current }) => !current);
    if (other === undefined) throw new Error(`There is no other session: ${JSON.stringify(listed)}`);
    return other.id;
  }

  beforeAll(async () => {
    world = await startRelaysBehindBalancer({
      count: 1,
      redis: false,
      configure: ({ relay, ...config }) => ({ ...config, relay: { ...relay, id: 'berlin-1' } }),
    });
    folder = mkdtempSync(join(tmpdir(), 'causeway-sentences-'));
    writeFileSync(join(folder, 'ca.pem'), world.ca);
    for (const device of devices) await signIn(device);
  });
  afterAll(async () => {
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Ids of requests by how they ended. */
  const requests = new Map<string, string>();
  async function requested(): Promise<string> {
    const asked = { api: 'echo', role: 'refunders', reason: 'Refund 7', hours: 1 };
    const token = await world.token('alice', 'asks');
    const { status, body } = await world.ask(world.port, token, '/v1/access-requests', 'POST', asked);
    expect([status, body]).toEqual([201, expect.anything()]);
    return String(body['id']);
  }

  async function idFor(words: readonly string[]): Promise<string> {
    const [command, act = ''] = words;
    if (command === 'explain') return 'berlin-1';
    if (command === 'sessions') return otherSession();
    const id = act === 'revoke' ? (requests.get('approve') ?? '') : await requested();
    requests.set(act, id);
    return id;
  }

  test.each(runInSentences)('$program $line does what the pages say', async ({ program, line }) => {
    const words = shellWords(line);
    const id = words.includes('ID') ? await idFor(words) : '';
    const now = new Date(Date.now() - 1).toISOString();
    const given = words.map(
      (word) => ({ ID: id, NOW: now, NAME: 'The one at home', API: 'echo', 'echo/': 'https://echo/' })[word] ?? word,
    );
    // An end of sessions needs one to end.
    if (line === 'sessions end --others') await signIn('desktop');
    const name = Object.keys(says)
      .filter((one) => `${program} ${line} `.startsWith(`${one} `))
      .reduce((longest, one) => (one.length > longest.length ? one : longest), '');
    const expected = says[name];
    if (expected === undefined) throw new Error(`Nobody says what “${line}” is to say.`);
    if (program === 'relay') {
      const { code, said } = await runRelayCommand([...given, '-c', world.relays[0]?.configPath ?? '']);
      expect([line, code, said]).toEqual([line, 0, expect.stringMatching(expected)]);
    } else if (given[0] === 'connect') expect(await connect(client('laptop', given))).toMatch(expected);
    else expect(await untilCode0(client('laptop', given))).toMatch(expected);
  });
});
