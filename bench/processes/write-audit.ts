// Writes the same records to the audit's table and to a file that a table follows, in turns, with one flush a commit, and
// prints what that took as one line of JSON: a list of {"requests", "system", "p50Ms", "cpuMsPerRequest"}.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { auditFiles, loadSigningKey } from '../../relay/audit/audit-files.ts';
import { auditLine } from '../../relay/audit/audit-line.ts';
import { type AuditStore, openAuditStore } from '../../relay/audit/audit-store.ts';
import { madeUpRecords } from '../../test/support/fill-audit.ts';
import { openSegment } from '../audit/record-segment.ts';
import { median } from '../figure.ts';

const { dir, commits } = JSON.parse(process.argv[2] ?? '{}') as { dir: string; commits: number };
const recordsARequest = 2;
/** The table that follows gets so many records at once. */
const followRecords = 500;
const lines = [...madeUpRecords(50_000)].map(auditLine);

function open(name: string): AuditStore {
  const folder = join(dir, name);
  mkdirSync(folder);
  const files = auditFiles(folder);
  const store = openAuditStore(files, loadSigningKey(files), { maxPages: undefined, now: Date.now });
  while (store.lengthenLog());
  return store;
}

function cpuOf(act: () => void): { readonly cpuMs: number; readonly tookMs: number } {
  const before = process.threadCpuUsage();
  const beganMs = performance.now();
  act();
  const tookMs = performance.now() - beganMs;
  const { user, system } = process.threadCpuUsage(before);
  return { cpuMs: (user + system) / 1000, tookMs };
}

const table = open('table');
const follower = open('files');
const segment = openSegment(join(dir, 'files'));

function measure(requests: number): readonly object[] {
  const cpuMs = { table: 0, files: 0 };
  const tookMs = { table: [] as number[], files: [] as number[] };
  let waiting: string[] = [];
  for (let commit = 0; commit < commits; commit += 1) {
    const from = (commit * requests * recordsARequest) % (lines.length - requests * recordsARequest);
    const batch = lines.slice(from, from + requests * recordsARequest);
    for (const [system, act] of [
      ['table', () => table.write(batch)],
      ['files', () => segment.append(batch.join('\n'))],
    ] as const) {
      const taken = cpuOf(act);
      cpuMs[system] += taken.cpuMs;
      tookMs[system].push(taken.tookMs);
    }
    waiting.push(...batch);
    if (waiting.length < followRecords && commit < commits - 1) continue;
    cpuMs.files += cpuOf(() => follower.write(waiting)).cpuMs;
    waiting = [];
  }
  return (['table', 'files'] as const).map((system) => ({
    requests,
    system,
    p50Ms: median(tookMs[system]),
    cpuMsPerRequest: cpuMs[system] / commits / requests,
  }));
}

measure(8);
const figures = [1, 3, 8, 16, 32].flatMap(measure);
for (const one of [table, follower, segment]) one.close();
console.log(JSON.stringify({ figures }));
