// Reads the audit of a folder in one of the ways that the bench measures, and prints what that took as one line of JSON.
import { auditPage } from '../../relay/audit/reading/query-audit.ts';
import { openAuditReader } from '../../relay/audit/reading/audit-reader.ts';
import { verifyAudit } from '../../relay/audit/verify-audit.ts';
import { questions } from '../audit/questions.ts';

const timesEach = 5;

function query(dataDir: string): { readonly p99Ms: number } {
  const took: number[] = [];
  for (let time = 0; time < timesEach; time += 1)
    for (const filters of Object.values(questions)) {
      const beganMs = performance.now();
      auditPage(dataDir, { ...filters, limit: 100 });
      took.push(performance.now() - beganMs);
    }
  const sorted = took.toSorted((a, b) => a - b);
  return { p99Ms: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN };
}

function exportAll(dataDir: string): { readonly recordsPerSecond: number } {
  const reader = openAuditReader(dataDir);
  const beganMs = performance.now();
  let bytes = 0;
  for (const { seq, record, outcome } of reader.inOrder({}))
    bytes += `{"seq":${seq},"record":${record},"outcome":${outcome ?? 'null'}}\n`.length;
  const seconds = (performance.now() - beganMs) / 1000;
  const { lastSeq } = reader.index;
  reader.close();
  if (bytes < lastSeq) throw new Error('The export is shorter than it can be');
  return { recordsPerSecond: lastSeq / seconds };
}

function verifyAll(dataDir: string): { readonly recordsPerSecond: number } {
  const beganMs = performance.now();
  const verdict = verifyAudit(dataDir);
  if (verdict.status !== 'ok') throw new Error(`The audit isn’t whole: ${verdict.reason}`);
  return { recordsPerSecond: verdict.records / ((performance.now() - beganMs) / 1000) };
}

const ways = { query, export: exportAll, verify: verifyAll };
const { dataDir, what } = JSON.parse(process.argv[2] ?? '{}') as { dataDir: string; what: keyof typeof ways };
console.log(JSON.stringify({ ...ways[what](dataDir), rssMb: process.resourceUsage().maxRSS / 1024 }));
