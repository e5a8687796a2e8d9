import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keptCodeOf } from '../../../build/kept-code.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { getRequest, welcomedTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { askSocket } from '../admin/ask-socket.ts';

const main = fileURLToPath(new URL('../../../relay/start/main.ts', import.meta.url));
/** Neither root nor the relay’s user; the first group is that of the socket. */
const uid = 65_532;
const [member, stranger] = [65_534, 65_533];

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(words: readonly string[], who: { readonly uid?: number; readonly gid?: number } = {}): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...words], {
    ...who,
    // A folder that everybody may enter, and no home of somebody else’s.
    cwd: '/',
    env: { ...keptCodeOf(uid), PATH: process.env['PATH'], HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, out, err };
}

// Only root may become another user.
describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'the command line as another user of the relay’s machine',
  { timeout: 240_000 },
  () => {
    let world: TunnelWorld;
    const ask = (gid: number, ...words: string[]): Promise<Ran> =>
      run([...words, '--data', world.dataDir], { uid, gid });
    beforeAll(async () => {
      world = await startTunnelWorld({
        configure: (config) => ({
          ...config,
          admin: { listen: { port: 0 }, socket_group: member },
          access_requests: { roles: [{ role: 'refunders', approvers: ['bosses'], max_hours: 8 }] },
          audit: { erasable: true, sinks: [{ name: 'siem', kind: 'file', path: 'data/siem.jsonl' }] },
          break_glass: { accounts: [{ name: 'kim', groups: ['developers'], sign_in: 'passphrase' }] },
        }),
      });
      chmodSync(dirname(world.dataDir), 0o711);
      const store = openGrantStore(world.dataDir);
      const requester = { issuer: world.issuer.url, subject: 'alice', username: 'alice' };
      store.request({ requester, api: null, role: 'refunders', reason: 'Refund 7', hours: 1 }, Date.now());
      store.close();
      const tunnel = await welcomedTunnel(world, 'alice');
      await tunnel.request(1, getRequest('/v1/orders'));
    }, 120_000);
    afterAll(() => world?.close());

    it('who isn’t of the socket’s group is told of it, and whoever may not read the config of --data', async () => {
      const refused = await ask(stranger, 'sessions', 'list');
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('admin.socket_group')]);
      const unread = await run(['locks', 'list', '--config', join(dirname(world.dataDir), 'relay.yaml')], {
        uid,
        gid: member,
      });
      expect([unread.code, unread.err]).toEqual([2, expect.stringContaining('--data')]);
    });

    it('members read and act, and records name who they are to the system', async () => {
      const locked = await ask(member, 'locks', 'add', '--person', 'mallory', '--reason', 'Stolen', '--json');
      expect([locked.code, locked.err]).toEqual([0, '']);
      const lock = JSON.parse(locked.out) as { id: string; author: string };
      expect(lock.author).toBe(`uid ${uid} (command line)`);
      expect((await ask(member, 'locks', 'list')).out).toContain(`${lock.id}  locked   `);
      const listed = await ask(member, 'audit', 'list', '--type', 'lock', '--json');
      expect(JSON.parse(listed.out)).toMatchObject({ record: { operator: lock.author, reason: 'Stolen' } });
      expect(await ask(member, 'locks', 'remove', lock.id, '--reason', 'Found')).toMatchObject({ code: 0 });
    });

    it('nobody of the group gives access, for one of them could have asked; refusing is theirs', async () => {
      const [request] = (await ask(member, 'access', 'list', '--json')).out.split('\n');
      const { id } = JSON.parse(request ?? '') as { id: string };
      const approved = await ask(member, 'access', 'approve', id, '--reason', 'r');
      expect([approved.code, approved.err]).toEqual([2, expect.stringContaining('give no access')]);
      // Who opens the relay’s files anyway does, by name, also behind sudo.
      const { id: other } = makeRequest(world);
      const given = await run(['access', 'approve', other, '--reason', 'r', '--json', '--data', world.dataDir]);
      expect(JSON.parse(given.out)).toMatchObject({ status: 'approved', decidedBy: 'root (command line)' });
    });

    it('who opens the relay’s files gives a role without a request, as far as the config offers it', async () => {
      const give = (...words: string[]): Promise<Ran> =>
        run(['access', 'give', ...words, '--reason', 'On call', '--data', world.dataDir]);
      const given = await give('alice', 'refunders', '--hours', '2', '--json');
      expect(JSON.parse(given.out)).toMatchObject({
        status: 'approved',
        requester: { username: 'alice' },
        api: null,
        role: 'refunders',
        hours: 2,
        decidedBy: 'root (command line)',
      });
      const refused = await ask(member, 'access', 'give', 'alice', 'refunders', '--reason', 'r');
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('give no access')]);
      for (const words of [
        ['alice', 'refunders', '--hours', 'many'],
        ['alice', 'refunders', '--hours', '9'],
        ['alice', 'nosuchrole'],
        ['nobodywashere', 'refunders'],
      ])
        expect([words, (await give(...words)).code]).toEqual([words, 2]);
    });

    it.each([
      ['sessions', ['sessions', 'list'], /alice \(Issuer\)/],
      ['a report', ['report', 'usage'], /^usage, .*\n\nname .*\necho /],
      [
        'an explanation',
        ['explain', 'GET', 'echo/v1/orders', '--groups', 'developers'],
        /^Somebody, with the groups developers: GET .* at Echo \(echo\)\n\nAllowed\./,
      ],
      ['configs', ['configs', 'list'], / {2}loaded {3}[0-9a-f]{12} {2}/],
      ['the newest records', ['audit', 'list', '--api', 'echo', '--limit', '1'], /allowed {2}GET echo\/v1\/orders/],
      [
        'an export',
        ['audit', 'export', '--type', 'decision'],
        /^\{"seq":\d+,"record":\{"type":"decision".*,"outcome":\{"type":"outcome".*\}\}\n$/,
      ],
      ['a verification', ['audit', 'verify'], /^The audit is whole: /],
      ['a proof', ['audit', 'prove', '1'], /./],
      ['how it is', ['status'], /^Tunnel Test \(.*\), version .*: ready\n$/],
    ] as const)('%s without opening a file of the relay', async (_what, words, said) => {
      const answered = await ask(member, ...words);
      expect([answered.out, answered.err, answered.code]).toEqual([expect.stringMatching(said), expect.anything(), 0]);
    });

    it('emergency accounts are listed and shut by members, and opened by who opens the relay’s files, each with its reason and how it was before', async () => {
      // Whoever made a link could enrol with it, and would have the account’s groups.
      const refused = await ask(member, 'break-glass', 'invite', 'kim', '--reason', 'r');
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('give no access')]);
      const root = (...words: string[]): Promise<Ran> => run(['break-glass', ...words, '--data', world.dataDir]);
      const invited = await root('invite', 'kim', '--reason', 'On call', '--json');
      expect([invited.err, invited.code]).toEqual(['', 0]);
      const link = new URL((JSON.parse(invited.out) as { link: string }).link);
      expect([link.origin, link.pathname]).toEqual([
        world.relayUrl,
        expect.stringMatching(/^\/break-glass\/enrol\/[\w-]{43}$/),
      ]);
      expect(await root('invite', 'nobody', '--reason', 'r')).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('There is: kim.'),
      });
      expect((await ask(member, 'break-glass', 'disable', 'kim', '--reason', 'Left')).code).toBe(0);
      expect((await ask(member, 'break-glass', 'list')).out).toMatch(/^kim +disabled +passphrase/);
      const { out } = await ask(member, 'audit', 'list', '--break-glass', '--json');
      for (const words of [
        'root (command line) has made a link for enrolment to the break-glass account kim',
        ': On call (before: not enrolled)',
        `uid ${uid} (command line) has disabled the break-glass account kim: Left (before: not enrolled)`,
      ])
        expect(out).toContain(words);
      expect(out).not.toContain(link.pathname.slice(-43));
    });

    it('says how far sinks are, and of providers that there are none that send events', async () => {
      const sinks = await ask(member, 'audit', 'sinks', '--json');
      expect([JSON.parse(sinks.out), sinks.code]).toMatchObject([{ name: 'siem', kind: 'file' }, 0]);
      expect((await ask(member, 'signals', 'status')).out).toMatch(/^The config names no providers that send events/);
    });

    it('what is written from now on, each request once with its end, until it is interrupted', async () => {
      const tailing = spawn(
        process.execPath,
        [main, 'audit', 'tail', '--api', 'echo', '--json', '--data', world.dataDir],
        {
          uid,
          gid: member,
          cwd: '/',
          env: { ...keptCodeOf(uid), PATH: process.env['PATH'], HOME: '/nonexistent' },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      const ended = once(tailing, 'exit');
      let said = '';
      tailing.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
      const seen = (): readonly string[] =>
        said
          .split('\n')
          .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { record: { path: string }; outcome: unknown }]))
          .map(({ record, outcome }) => `${record.path} ${outcome === null ? 'goes on' : 'ended'}`);
      const before = '/v1/orders ended';
      await expect.poll(seen, { timeout: 60_000 }).toEqual([before]);
      const tunnel = await welcomedTunnel(world, 'ann');
      for (const [index, path] of ['/v1/one', '/denied', '/v1/two'].entries())
        await tunnel.request(1 + index * 2, getRequest(path));
      const later = ['/v1/one', '/denied', '/v1/two'].map((path) => `${path} ended`);
      await expect.poll(() => seen().slice(1).toSorted(), { timeout: 60_000 }).toEqual(later.toSorted());
      await tunnel.close();
      tailing.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
      expect(seen()).toHaveLength(4);
    });

    it('what would change by another config, with the text of the caller’s file', async () => {
      const file = join(dirname(world.dataDir), 'proposed.yaml');
      const { body } = await askSocket(join(world.dataDir, 'admin.sock'), '/admin/v1/config');
      writeFileSync(file, (JSON.parse(body) as { text: string }).text, { mode: 0o644 });
      const answered = await ask(member, 'policy', 'what-if', file, '--json');
      expect([answered.err, answered.code]).toEqual(['', 0]);
      expect(JSON.parse(answered.out)).toMatchObject({ totals: { lost: { requests: 0 } } });
    });

    it('erases a person, and says what is left', async () => {
      const tunnel = await welcomedTunnel(world, 'carol');
      await tunnel.request(1, getRequest('/v1/orders'));
      const words = (who: string) => ['audit', 'erase', '--person', who, '--reason', 'Request 12'];
      const refused = await ask(member, ...words('carol'));
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('erase nobody')]);
      const erase = (who: string): Promise<Ran> => run([...words(who), '--data', world.dataDir]);
      expect(await erase('nobody')).toMatchObject({ code: 2, err: expect.stringContaining('Nobody called “nobody”') });
      const socket = join(world.dataDir, 'admin.sock');
      const ending = { method: 'POST', body: { person: 'carol', reason: 'Left' } };
      expect((await askSocket(socket, '/admin/v1/sessions/end', ending)).status).toBe(200);
      const isGone = async (): Promise<boolean> => {
        const { body } = await askSocket(socket, '/admin/v1/sessions?person=carol&all=true');
        return body.includes('"openTunnels":0');
      };
      await expect.poll(isGone, { timeout: 60_000, interval: 200 }).toBe(true);
      const erased = await erase('carol');
      expect([erased.err, erased.code]).toEqual(['', 0]);
      expect(erased.out).toMatch(/the person is called erased-.* in this relay’s audit/);
      const acts = await ask(member, 'audit', 'list', '--type', 'administrator', '--limit', '1', '--json');
      expect(JSON.parse(acts.out.split('\n')[0] ?? '')).toMatchObject({
        record: { act: 'person-erased', operator: { user: 'root' }, reason: 'Request 12' },
      });
    });

    it('makes a backup of its own, without private keys; with them root and the relay’s user do', async () => {
      const folder = join(dirname(world.dataDir), 'backups');
      mkdirSync(folder);
      chownSync(folder, uid, member);
      const made = await ask(member, 'backup', '--keys', 'without', '--reason', 'Nightly', join(folder, 'one'));
      expect([made.err, made.code]).toEqual(['', 0]);
      expect(made.out).toContain('The relay that runs has sent it.');
      expect(statSync(join(folder, 'one', 'audit.sqlite'))).toMatchObject({ uid, gid: member });
      const refused = await ask(member, 'backup', '--keys', 'with', join(folder, 'two'));
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('root and the relay’s own user')]);
      expect(readdirSync(folder)).toEqual(['one']);
      // Nor does root leave keys where somebody else could lead them elsewhere.
      const unsafe = await run(['backup', '--keys', 'with', '--data', world.dataDir, join(folder, 'two')]);
      expect([unsafe.code, unsafe.err]).toEqual([2, expect.stringContaining('another user’s')]);
      const own = join(dirname(world.dataDir), 'backups-of-root');
      mkdirSync(own);
      const whole = await run(['backup', '--keys', 'with', '--data', world.dataDir, join(own, 'two')]);
      expect([whole.err, whole.code]).toEqual(['', 0]);
      expect(readdirSync(join(own, 'two'))).toContain('audit-signing-key.pem');
    });

    it('ends a session, which closes; without a relay the folder is opened by who may', async () => {
      const ended = await ask(member, 'sessions', 'end', '--person', 'alice', '--reason', 'Left');
      expect([ended.code, ended.out]).toEqual([0, expect.stringContaining(`ended by uid ${uid} (command line)`)]);
      await world.relay.stop();
      const config = join(dirname(world.dataDir), 'relay.yaml');
      expect((await run(['sessions', 'list', '--all', '--config', config])).out).toContain('ended by uid');
      const none = await run(['status', '--config', config]);
      expect([none.code, none.err]).toEqual([2, expect.stringContaining('No relay runs')]);
      expect((await ask(member, 'sessions', 'list')).code).not.toBe(0);
      const opened = await run(['backup', '--keys', 'with', '--config', config, `${world.dataDir}-copy`]);
      expect([opened.code, opened.out]).toEqual([
        0,
        expect.stringContaining('the files of the data folder were opened'),
      ]);
    });
  },
);

function makeRequest({ dataDir, issuer }: TunnelWorld): { readonly id: string } {
  const store = openGrantStore(dataDir);
  try {
    const requester = { issuer: issuer.url, subject: 'bob', username: 'bob' };
    return store.request({ requester, api: null, role: 'refunders', reason: 'Refund 8', hours: 1 }, Date.now());
  } finally {
    store.close();
  }
}
