import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { stringify } from 'yaml';
import { adminSocketName } from '../../../relay/admin/admin-socket.ts';
import { openBreakGlassStore } from '../../../relay/break-glass/break-glass-store.ts';
import { breakGlassCommand } from '../../../relay/commands/break-glass.ts';
import { findRelay, requireRelay } from '../../../relay/commands/running-relay.ts';
import { addRunRelayCommands } from '../../../relay/commands/run-relay.ts';
import { askOrOpen } from '../../../relay/start/command-place.ts';
import { version } from '../../../shared/version.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

const configWith = (data: string): object => ({
  relay: { name: 'Acme', url: 'http://127.0.0.1:1', listen: { port: 1 }, data },
  issuers: [{ name: 'SSO', issuer: 'http://127.0.0.1:2', client_id: 'relay', audience: 'http://127.0.0.1:1' }],
  apis: [
    { id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:3', rules: [{ name: 'all', groups: ['keepers'] }] },
  ],
  break_glass: { accounts: [{ name: 'pat', groups: ['keepers'], sign_in: 'passphrase' }] },
});

interface Asked {
  readonly path: string;
  readonly body: unknown;
}

/** A relay of some version that answers what the test says, to all but the first question of who it is. */
async function relayOf(relayVersion: string, answers: Readonly<Record<string, readonly [number, object]>>) {
  const dataDir = temporaryFolder();
  const asked: Asked[] = [];
  const server: Server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      const path = incoming.url ?? '';
      asked.push({ path, body: body === '' ? null : JSON.parse(body) });
      const own = { name: 'Acme', url: 'https://relay.example', version: relayVersion, stateIn: 'folder' };
      const status = { ready: true, problems: [], auditHealthy: true, policyRevision: 'p1' };
      const [code, answer] = answers[path] ??
        (path === '/admin/v1/relay' ? [200, { ...own, ...status }] : undefined) ?? [
          404,
          { detail: 'Nothing is here.' },
        ];
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  server.listen(join(dataDir, adminSocketName));
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { dataDir, asked };
}

// Windows has no such socket.
describe.runIf(process.platform !== 'win32')('the command line at its socket', () => {
  it.each(['0.0.1', '99.0.0'])('what a relay of version %s doesn’t know is told with both versions', async (other) => {
    const { dataDir } = await relayOf(other, {
      '/admin/v1/new': [400, { code: 'bad-input', detail: '“new” can’t be used.' }],
      '/admin/v1/locks': [403, { code: 'not-allowed', detail: 'The roles don’t include it.' }],
    });
    const relay = await requireRelay(dataDir);
    const both = `The relay that runs is version ${other}, this command is version ${version}`;
    await expect(relay.get('/admin/v1/unknown')).rejects.toThrow(`Nothing is here. ${both}`);
    await expect(relay.post('/admin/v1/new', {})).rejects.toThrow(`“new” can’t be used. ${both}`);
    // What has nothing to do with versions isn’t blamed on them.
    await expect(relay.get('/admin/v1/locks')).rejects.toThrow(/^The roles don’t include it\.$/);
  });

  it('a relay of this version is refused without a word of versions', async () => {
    const { dataDir } = await relayOf(version, {});
    const relay = await requireRelay(dataDir);
    await expect(relay.get('/admin/v1/unknown')).rejects.toThrow(/^Nothing is here\.$/);
  });

  it.each([
    ['status', [], null, /^Acme \(https:\/\/relay\.example\), version 0\.0\.1, policy p1: ready\n$/],
    ['reload', ['--reason', 'New rules'], { reason: 'New rules' }, /^In force: policy p2\.\n$/],
    ['drain', ['--reason', 'Upgrade'], { reason: 'Upgrade' }, /^It drains\./],
    ['undrain', ['--reason', 'Done'], { reason: 'Done' }, /^It takes tunnels again\.\n$/],
  ] as const)('%s works at an older relay', async (name, words, body, said) => {
    const { dataDir, asked } = await relayOf('0.0.1', {
      '/admin/v1/relay/reload': [200, { policyRevision: 'p2' }],
      '/admin/v1/relay/drain': [200, {}],
      '/admin/v1/relay/undrain': [200, {}],
    });
    let written = '';
    const program = new Command().exitOverride();
    addRunRelayCommands(program, {
      relayOf: () => requireRelay(dataDir),
      write: (more) => void (written += more),
      finish: () => undefined,
    });
    await program.parseAsync(['node', 'relay', name, ...words, '--data', dataDir]);
    expect(written).toMatch(said);
    if (body !== null) expect(asked.at(-1)).toEqual({ path: `/admin/v1/relay/${name}`, body });
  });

  describe('what an older relay has no address for is done on the files, as before', () => {
    /** Runs `break-glass` as a user at a relay of some version that answers so to the act. */
    const run = async (relayVersion: string, answers: Parameters<typeof relayOf>[1], uid: number | null) => {
      const { dataDir, asked } = await relayOf(relayVersion, answers);
      const config = join(dataDir, 'relay.yaml');
      writeFileSync(config, stringify(configWith(dataDir)));
      if (uid !== null) {
        const user = vi.spyOn(process, 'getuid').mockReturnValue(uid);
        onTestFinished(() => user.mockRestore());
      }
      let written = '';
      const act = (type: 'disable' | 'enable' | 'remove') =>
        askOrOpen({ config }, (place) =>
          breakGlassCommand({
            ...place,
            action: { type, account: 'pat', reason: 'Lost phone' },
            json: false,
            write: (text) => void (written += text),
          }),
        );
      const isDisabled = (): boolean => {
        const store = openBreakGlassStore(dataDir, Date.now);
        try {
          return store.account('pat')?.disabled === true;
        } finally {
          store.close();
        }
      };
      return { act, asked, isDisabled, written: () => written };
    };

    it.each([
      ['the owner of its folder', null],
      ['root', 0],
    ] as const)('by %s', async (_who, uid) => {
      const { act, asked, isDisabled, written } = await run('0.0.1', {}, uid);
      expect(await act('disable')).toBe(0);
      expect(isDisabled()).toBe(true);
      expect(written()).toMatch(/^It is done: .* has disabled the break-glass account pat: Lost phone/);
      expect(asked.map(({ path }) => path)).toContain('/admin/v1/break-glass/accounts/pat/disable');
      expect(await act('enable')).toBe(0);
      expect(isDisabled()).toBe(false);
      // Nobody has enrolled; the files say so.
      expect(await act('remove')).toBe(2);
    });

    const path = '/admin/v1/break-glass/accounts/pat/disable';
    it.each<[string, string, Parameters<typeof relayOf>[1], number | null]>([
      ['by nobody else', '0.0.1', {}, 54_321],
      ['not at a relay of this version', version, {}, null],
      ['not what it refuses', '0.0.1', { [path]: [403, { code: 'locked', detail: 'No.' }] }, null],
      ['not what it fails at', '0.0.1', { [path]: [500, { code: 'internal', detail: 'No.' }] }, null],
    ])('%s', async (_what, relayVersion, answers, uid) => {
      const { act, isDisabled } = await run(relayVersion, answers, uid);
      await expect(act('disable')).rejects.toThrow(/^(?:Nothing is here|No)\./);
      expect(isDisabled()).toBe(false);
    });
  });

  it('nobody is asked where there is no socket', async () => {
    const { dataDir } = await relayOf('0.0.1', {});
    expect(await findRelay(dataDir)).not.toBeNull();
    expect(await findRelay(temporaryFolder())).toBeNull();
  });
});
