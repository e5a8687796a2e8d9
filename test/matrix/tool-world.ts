import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { bigText } from './big-text.ts';
import type { CaseOutcome } from './matrix-program.ts';
import { readToolKeys } from './read-tools-page.ts';
import { runCommand } from './run-command.ts';
import { startRelayOnlyGate } from './servers/relay-only-gate.ts';
import type { ToolRow } from './tool-rows.ts';

export interface ToolComparison {
  readonly same: boolean;
  readonly direct: CaseOutcome;
  readonly relayed: CaseOutcome;
}

/** Each tool’s server twice, with nothing in it: one reached directly, one only through client and relay. */
export interface ToolWorld {
  compare(row: ToolRow): Promise<ToolComparison>;
  close(): Promise<void>;
}

const idOf = ({ name }: ToolRow): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-|-$/gu, '');

/** Starts the servers, and a relay whose APIs have the keys that docs/tools.md names, as a process of its own. `bigBytes`: 30 MB if left out. */
export async function startToolWorld(rows: readonly ToolRow[], bigBytes?: number): Promise<ToolWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-tools-'));
  // Servers that give up root’s rights read below it.
  chmodSync(folder, 0o755);
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const bigFile = join(folder, 'big');
    writeFileSync(bigFile, bigText(bigBytes));
    const directly = new Map<ToolRow, string>();
    const apis = [];
    for (const row of rows) {
      const places = ['direct', 'relayed'].map((way) => join(folder, `${idOf(row)}-${way}`));
      for (const place of places) mkdirSync(place);
      const [directPlace = '', relayedPlace = ''] = places;
      const direct = await row.start(directPlace);
      closers.push(() => direct.close());
      directly.set(row, direct.url);
      const behind = await row.start(relayedPlace);
      closers.push(() => behind.close());
      const upstream = row.http2 === true ? behind : await startRelayOnlyGate(behind);
      if (upstream !== behind) closers.push(() => upstream.close());
      apis.push({ id: idOf(row), name: row.name, upstream: upstream.url, ...readToolKeys(row.name) });
    }
    const world = await startPipelineWorld({ separate: true, apis });
    closers.push(() => world.close());

    const run = async (row: ToolRow, base: string, way: string): Promise<CaseOutcome> => {
      const cwd = join(folder, `${idOf(row)}-${way}-work`);
      mkdirSync(cwd);
      const { exit, output } = await runCommand(row.command(base, bigFile), { cwd, timeoutMs: 180_000 });
      const said = output.replaceAll(base, 'BASE').replaceAll(new URL(base).host, 'HOST').replaceAll(cwd, 'WORK');
      return { exit, output: row.varies === undefined ? said : said.replaceAll(row.varies, '') };
    };
    return {
      async compare(row) {
        const direct = await run(row, directly.get(row) ?? '', 'direct');
        const relayed = await run(
          row,
          row.byName === true
            ? `http://${idOf(row)}.localhost:${world.gatewayPort()}`
            : `http://127.0.0.1:${world.port(idOf(row))}`,
          'relayed',
        );
        return { same: direct.exit === relayed.exit && direct.output === relayed.output, direct, relayed };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
