// Fills a PostgreSQL with made-up records of one relay, indexed as a relay does it, and prints what that took as one line of JSON.
import { generateKeyPairSync } from 'node:crypto';
import { auditLine } from '../../relay/audit/audit-line.ts';
import { formatVerifierKey, signCheckpoint } from '../../relay/audit/checkpoint-note.ts';
import { dayMs } from '../../relay/audit/retention/day-segments.ts';
import { createIndexKeeper } from '../../relay/audit/shared/keep-index.ts';
import { openRelayLog } from '../../relay/audit/shared/relay-log.ts';
import { auditTables } from '../../relay/audit/shared/tables.ts';
import { openPostgresClient } from '../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../relay/storage/postgres/postgres-settings.ts';
import { filledFromMs, madeUpRecords } from '../../test/support/fill-audit.ts';

const recordsAtOnce = 10_000;

const { storage, relay, records, days } = JSON.parse(process.argv[2] ?? '{}') as {
  storage: PostgresSettings;
  relay: string;
  records: number;
  /** Over how many days the records are spread. */
  days: number;
};
const { privateKey } = generateKeyPairSync('ed25519');
const sql = await openPostgresClient(storage, { migrations: [auditTables] });
const log = await openRelayLog(sql, { relay, verifierKey: formatVerifierKey(privateKey) });
const beganMs = performance.now();
let lines: string[] = [];
let day = Math.floor(filledFromMs / dayMs);
const write = async (): Promise<void> => {
  if (lines.length > 0) await log.append(lines, day);
  lines = [];
};
let seq = 0;
for (const record of madeUpRecords(records)) {
  const timeMs = filledFromMs + Math.floor((seq / records) * days * dayMs);
  seq += 1;
  const today = Math.floor(timeMs / dayMs);
  if (today !== day || lines.length >= recordsAtOnce) await write();
  day = today;
  lines.push(auditLine({ ...record, timeMs }));
}
await write();
await log.keepNotes([{ size: log.size, note: signCheckpoint({ size: log.size, hash: log.root() }, privateKey) }]);
const writtenMs = performance.now();
const index = createIndexKeeper(sql, relay);
while (await index.step());
const indexedMs = performance.now();
// A relay's PostgreSQL has looked at its tables by then, too.
await sql.query('ANALYZE');
await sql.close();
const perSecond = (tookMs: number): number => (records / tookMs) * 1000;
console.log(JSON.stringify({ written: perSecond(writtenMs - beganMs), indexed: perSecond(indexedMs - writtenMs) }));
