import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { addDebugCommands } from '../../../relay/commands/debug.ts';
import { folderOf } from '../../../relay/commands/place-flags.ts';
import { requireRelay } from '../../../relay/commands/running-relay.ts';
import { getRequest, type RawTunnel, welcomedTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

let world: TunnelWorld;
beforeAll(async () => void (world = await startTunnelWorld({ workers: 2 })), 120_000);
afterAll(() => world?.close());

async function debug(...words: readonly string[]): Promise<string> {
  let said = '';
  const program = new Command().exitOverride();
  addDebugCommands(program, {
    relayOf: async (flags) => requireRelay(await folderOf(flags)),
    write: (text) => void (said += text),
  });
  const config = ['--config', join(dirname(world.dataDir), 'relay.yaml')];
  await program.parseAsync(['debug', ...words, ...config], { from: 'user' });
  return said;
}

const linesOf = (id: string) => world.relay.log.filter((line) => line['debug'] === id && line['steps'] !== undefined);

it.skipIf(process.platform === 'win32')(
  'a person’s requests are logged by all processes of the relay until somebody ends it, and both are recorded',
  { timeout: 120_000 },
  async () => {
    const reason = ['--reason', 'Ticket 4711'];
    const tunnels = new Map<string, RawTunnel>();
    // Of several tunnels each process has some.
    for (const name of ['ann', 'bea']) tunnels.set(name, await welcomedTunnel(world, name));
    const begun = JSON.parse(await debug('start', '--person', 'ann', '--minutes', '5', '--json', ...reason)) as {
      id: string;
    };
    expect(await debug('list')).toMatch(/^\S+ {2}ann {2}until \S+ {2}by .+: Ticket 4711\n$/);
    let stream = 1;
    await vi.waitFor(
      async () => {
        for (const tunnel of tunnels.values()) await tunnel.request(stream, getRequest('/denied?secret=value'));
        stream += 2;
        expect(linesOf(begun.id).length).toBeGreaterThan(0);
      },
      { timeout: 30_000, interval: 200 },
    );
    const lines = linesOf(begun.id);
    expect(new Set(lines.map((line) => line['user']))).toEqual(new Set(['ann']));
    expect(JSON.stringify(lines)).toMatch(/policy: deny by “nobody”/);
    expect(JSON.stringify(lines)).not.toMatch(/secret=value|echo\.localhost/);
    await debug('end', begun.id, '--reason', 'Found');
    expect(await debug('list')).toBe('No requests are debugged.\n');
    for (const tunnel of tunnels.values()) await tunnel.close();
    await vi.waitFor(() => {
      const acts = queryAudit(world.dataDir, { limit: 100, type: 'lock' }).map(({ record }) => record);
      expect(acts).toMatchObject([
        { event: 'debug-ended', target: 'the person ann', lock: begun.id, reason: 'Found' },
        { event: 'debug-started', target: 'the person ann', lock: begun.id, reason: 'Ticket 4711' },
      ]);
    }, 10_000);
  },
);

it.each<[string, readonly string[], RegExp]>([
  ['nobody', ['start', '--minutes', '5', '--reason', 'x'], /Name a person, an API/],
  ['an API that there isn’t', ['start', '--api', 'nosuch', '--minutes', '5', '--reason', 'x'], /no API “nosuch”/],
  ['more than an hour', ['start', '--person', 'ann', '--minutes', '61', '--reason', 'x'], /minutes/],
  ['words for minutes', ['start', '--person', 'ann', '--minutes', 'five', '--reason', 'x'], /minutes/],
  ['an id that there isn’t', ['end', 'nosuch', '--reason', 'x'], /under the id “nosuch”/],
])('%s is refused', async (_what, words, message) => {
  await expect(debug(...words)).rejects.toThrow(message);
});
