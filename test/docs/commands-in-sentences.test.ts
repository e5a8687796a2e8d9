import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type RunningCli, startCli } from '../client/support/run-cli.ts';
import { shellWords } from '../support/run-relay-command.ts';
import { runRelayCommandHere } from '../support/run-relay-command-here.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { postgresPrograms } from '../support/start-postgres.ts';
import { type BalancedRelays, startRelaysBehindBalancer } from '../three-relays/relays-behind-balancer.ts';
import { runInSentences } from './page-commands.ts';

const passphrase = { CAUSEWAY_PASSPHRASE: 'a passphrase for tests' };

interface Listed {
  readonly id: string;
  readonly current: boolean;
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
  'causeway sessions end': /"ended":\["[^\]]+"\]/,
};

describe.runIf(postgresPrograms !== null && process.platform !== 'win32')('commands in sentences', () => {
  let world: BalancedRelays;
  let folder: string;
  const client = (words: readonly string[]): RunningCli =>
    startCli([...words, '--state-dir', join(folder, 'laptop'), '--ca', join(folder, 'ca.pem'), '--no-browser'], {
      ...passphrase,
      CAUSEWAY_DEVICE_NAME: 'laptop',
    });
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
  let elsewhere = 0;
  /** Another session of alice’s, on a device that no command has to run on. */
  async function otherSession(): Promise<string> {
    const token = await world.token('alice', `elsewhere-${(elsewhere += 1)}`);
    await world.tunnel(world.port, token, `desktop-${elsewhere}`);
    return vi.waitFor(
      async () => {
        const { body } = await world.ask(world.port, token, '/v1/sessions');
        const own = (body['sessions'] as readonly Listed[]).find(({ current }) => current);
        if (own === undefined) throw new Error(`It isn’t listed: ${JSON.stringify(body)}`);
        return own.id;
      },
      { timeout: 20_000, interval: 100 },
    );
  }

  beforeAll(async () => {
    world = await startRelaysBehindBalancer({
      count: 1,
      redis: false,
      configure: ({ relay, ...config }) => ({ ...config, relay: { ...relay, id: 'berlin-1' } }),
    });
    folder = mkdtempSync(join(tmpdir(), 'causeway-sentences-'));
    writeFileSync(join(folder, 'ca.pem'), world.ca);
    const login = client(['login', `https://127.0.0.1:${world.port}`]);
    const { url } = await login.line(({ type }) => type === 'open-page');
    await signInWithoutBrowser(String(url), { user: 'alice' });
    expect(await login.ended).toMatchObject({ code: 0 });
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
    if (line === 'sessions end --others') await otherSession();
    const name = Object.keys(says)
      .filter((one) => `${program} ${line} `.startsWith(`${one} `))
      .reduce((longest, one) => (one.length > longest.length ? one : longest), '');
    const expected = says[name];
    if (expected === undefined) throw new Error(`Nobody says what “${line}” is to say.`);
    if (program === 'relay') {
      const { code, said } = await runRelayCommandHere([...given, '-c', world.relays[0]?.configPath ?? '']);
      expect([line, code, said]).toEqual([line, 0, expect.stringMatching(expected)]);
    } else if (given[0] === 'connect') expect(await connect(client(given))).toMatch(expected);
    else expect(await untilCode0(client(given))).toMatch(expected);
  });
});
