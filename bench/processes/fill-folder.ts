// Fills a data folder with the audit and the sessions of a large company, indexed and counted as a relay does it, and prints what that took as one line of JSON.
import { openWatch } from '../../relay/anomalies/watch-audit.ts';
import { auditFiles } from '../../relay/audit/audit-files.ts';
import { createRevealer } from '../../relay/audit/keys/revealer.ts';
import { openForReading } from '../../relay/audit/open-audit.ts';
import { openIndex } from '../../relay/audit/reading/audit-index.ts';
import { anomaliesSchema } from '../../relay/config/anomalies-schema.ts';
import { catchUp } from '../../relay/reports/follow-audit.ts';
import { openUsageStore } from '../../relay/reports/sqlite-usage.ts';
import type { SessionRecord } from '../../relay/sessions/session-record.ts';
import { openSessionStore } from '../../relay/sessions/session-store.ts';
import { fillAudit } from '../../test/support/fill-audit.ts';

const dayMs = 86_400_000;
const sessionsAtOnce = 1000;

const { dataDir, records, days, sessions, issuer } = JSON.parse(process.argv[2] ?? '{}') as {
  dataDir: string;
  records: number;
  /** Over how many days up to now the records are spread. */
  days: number;
  sessions: number;
  issuer: string;
};
const nowMs = Date.now();
const took: Record<string, number> = {};
const timed = async (name: string, work: () => void | Promise<void>): Promise<void> => {
  const beganMs = performance.now();
  await work();
  took[name] = Math.round((performance.now() - beganMs) / 100) / 10;
};

await timed('written', () =>
  fillAudit(dataDir, records, (seq) => nowMs - Math.floor((1 - seq / records) * days * dayMs)),
);
await timed('indexed', () => {
  const database = openForReading(dataDir);
  const index = openIndex(dataDir, database, createRevealer(auditFiles(dataDir).keys));
  for (let next = index.nextMissing(); next !== null; next = index.nextMissing(next + 1)) index.write(next);
  database.close();
});
await timed('counted', async () => {
  const usage = openUsageStore(dataDir);
  await catchUp(dataDir, usage);
  await usage.close();
});
await timed('watched', () => {
  const watch = openWatch(dataDir, anomaliesSchema.parse({}));
  while (watch.step());
  watch.close();
});
await timed('sessions', () => {
  const store = openSessionStore(dataDir);
  for (let from = 0; from < sessions; from += sessionsAtOnce)
    store.put(Array.from({ length: Math.min(sessionsAtOnce, sessions - from) }, (_, at) => sessionOf(from + at)));
  store.close();
});
console.log(JSON.stringify(took));

function sessionOf(number: number): SessionRecord {
  // Named as the people of the audit are.
  const person = number % 50_000;
  const usedMs = nowMs - number * 20_000;
  return {
    id: `s${String(number).padStart(15, '0')}`,
    kind: 'person',
    issuer,
    provider: 'Example Company',
    subject: `subject-${person}`,
    username: `person-${person}`,
    device: { name: `laptop-${number}`, system: 'linux', appVersion: '0.1.0' },
    acr: null,
    signedInAtMs: usedMs - 3_600_000,
    binding: 'key',
    tokenId: null,
    issuedAtMs: null,
    sinceMs: usedMs - 3_600_000,
    lastUsedAtMs: usedMs,
    addresses: { [`10.0.${(number >> 8) & 255}.${number & 255}`]: usedMs },
    apis: { orders: usedMs },
    tunnels: {},
  };
}
