import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchOptions, type Figure, median, rounded } from '../figure.ts';
import { startScript } from '../start-process.ts';
import { recordStages, replacedAuditLog } from './replaced-audit-log.ts';

const stages = [
  { name: 'nothing', execArgv: replacedAuditLog('unrecorded-requests') },
  ...recordStages.map((name) => ({ name, execArgv: replacedAuditLog(`staged-audit-log&stage=${name}`) })),
  { name: 'table', execArgv: [] },
] as const;

/**
 * What the records of a request take, without a relay around them: nothing, lines, and so on to the table that is durable, each
 * stage in a process of its own. `cpuMsPerRequest` is that of all its threads, `busiestCpuMsPerRequest` that of the event loop;
 * `p50Ms` until 16 records are durable.
 */
export async function recordStagesAlone({ quick, rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  const rows = new Map<string, Readonly<Record<string, unknown>>[]>();
  for (let round = 1; round <= rounds; round += 1) {
    say(`Records alone, round ${round} of ${rounds}`);
    for (const { name, execArgv } of stages) {
      const dir = mkdtempSync(join(tmpdir(), 'causeway-bench-stage-'));
      try {
        const input = { dataDir: join(dir, 'data'), turns: quick ? 4 : 10, requestsATurn: quick ? 1600 : 8000 };
        const recording = await startScript('append-records', input, undefined, { execArgv });
        await recording.close();
        rows.set(name, [...(rows.get(name) ?? []), recording.ready]);
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    }
  }
  return [...rows].map(([name, own]) => {
    const each = (key: string): readonly number[] => own.map((row) => Number(row[key]));
    return {
      bench: 'audit-cost',
      case: `records-alone-${name}`,
      system: 'causeway',
      p50Ms: rounded(median(each('p50Ms'))),
      cpuMsPerRequest: rounded(Math.min(...each('cpuMsPerRequest'))),
      busiestCpuMsPerRequest: rounded(Math.min(...each('loopCpuMsPerRequest'))),
    };
  });
}
