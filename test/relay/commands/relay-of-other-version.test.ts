import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adminSocketName } from '../../../relay/admin/admin-socket.ts';
import { findRelay, requireRelay } from '../../../relay/commands/running-relay.ts';
import { addRunRelayCommands } from '../../../relay/commands/run-relay.ts';
import { version } from '../../../shared/version.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

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

  it('nobody is asked where there is no socket', async () => {
    const { dataDir } = await relayOf('0.0.1', {});
    expect(await findRelay(dataDir)).not.toBeNull();
    expect(await findRelay(temporaryFolder())).toBeNull();
  });
});
