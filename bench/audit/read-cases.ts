import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditFiles } from '../../relay/audit/audit-files.ts';
import { createRevealer } from '../../relay/audit/keys/revealer.ts';
import { openIndex } from '../../relay/audit/reading/audit-index.ts';
import { openForReading } from '../../relay/audit/open-audit.ts';
import { fillAudit } from '../../test/support/fill-audit.ts';
import { type BenchOptions, type Figure, median, rounded } from '../figure.ts';
import { startScript } from '../start-process.ts';

/** How fast the audit is read: the questions of docs/audit.md, an export, and verifying all records, each in its own process. */
export async function readCases({ quick, rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  const records = quick ? 100_000 : 1_000_000;
  const dataDir = mkdtempSync(join(tmpdir(), 'causeway-bench-audit-'));
  try {
    say(`filling an audit with ${records.toLocaleString('en')} records`);
    fillAudit(dataDir, records);
    const database = openForReading(dataDir);
    const index = openIndex(dataDir, database, createRevealer(auditFiles(dataDir).keys));
    for (let next = index.nextMissing(); next !== null; next = index.nextMissing(next + 1)) index.write(next);
    database.close();
    const figures: Figure[] = [];
    for (const [what, key] of [
      ['query', 'p99Ms'],
      ['export', 'recordsPerSecond'],
      ['verify', 'recordsPerSecond'],
    ] as const) {
      const rows: Readonly<Record<string, unknown>>[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const reading = await startScript('read-audit', { dataDir, what });
        rows.push(reading.ready);
        await reading.close();
      }
      const middle = (name: string): number => rounded(median(rows.map((row) => Number(row[name]))));
      figures.push({ bench: 'audit', case: what, system: 'causeway', [key]: middle(key), rssMb: middle('rssMb') });
    }
    return figures;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
