import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replacedAuditLog } from './audit/replaced-audit-log.ts';
import { type Bench, type Figure, rounded } from './figure.ts';
import { relaysInTurns } from './measure/relays-in-turns.ts';
import { startScript } from './start-process.ts';

/**
 * The relay's audit, a table that each commit makes durable, beside files whose records the table gets later: written by
 * a thread as the table is, or by the event loop; and beside none. On 32 connections and on one. Before, commits alone, of
 * the records of so many requests.
 */
export const auditWriter: Bench = async (options) => [
  ...(await commitsAlone(options.quick)),
  ...(await relaysInTurns(
    'audit-writer',
    [
      { name: 'none', execArgv: replacedAuditLog('unrecorded-requests') },
      { name: 'table' },
      { name: 'files-from-a-thread', execArgv: replacedAuditLog('files-from-a-thread') },
      { name: 'files-from-the-event-loop', execArgv: replacedAuditLog('files-from-the-event-loop') },
    ],
    options,
    [32, 1],
  )),
];

async function commitsAlone(quick: boolean): Promise<readonly Figure[]> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-bench-writer-'));
  try {
    const writing = await startScript('write-audit', { dir, commits: quick ? 100 : 400 });
    await writing.close();
    const figures = writing.ready['figures'] as {
      requests: number;
      system: string;
      p50Ms: number;
      cpuMsPerRequest: number;
    }[];
    return figures.map(({ requests, system, p50Ms, cpuMsPerRequest }) => ({
      bench: 'audit-writer',
      case: `commit-of-${requests}`,
      system,
      p50Ms: rounded(p50Ms),
      cpuMsPerRequest: rounded(cpuMsPerRequest),
    }));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
