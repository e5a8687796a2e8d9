import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { auditFiles } from '../relay/audit/audit-files.ts';
import { createRevealer } from '../relay/audit/keys/revealer.ts';
import { openIndex } from '../relay/audit/reading/audit-index.ts';
import { openForReading } from '../relay/audit/open-audit.ts';
import { catchUp } from '../relay/reports/follow-audit.ts';
import { openUsageStore } from '../relay/reports/sqlite-usage.ts';
import type { SessionRecord } from '../relay/sessions/session-record.ts';
import { openSessionStore } from '../relay/sessions/session-store.ts';
import { fillAudit } from '../test/support/fill-audit.ts';
import { type Bench, type Figure, rounded } from './figure.ts';

/** Requests of one person on a working day, and working days of a year: what the table of sizes takes for usual. */
const requestsPerDay = 500;
const daysPerYear = 230;
/** A request has two records, its decision and its outcome. */
const recordsPerRequest = 2;
const crowds = [50, 5000, 100_000] as const;

/** How much disk the parts of the storage take for each record and session, and what that is for companies of three sizes. */
export const storage: Bench = async ({ quick, say }) => {
  const records = quick ? 100_000 : 1_000_000;
  const sessions = quick ? 2000 : 20_000;
  const dataDir = mkdtempSync(join(tmpdir(), 'causeway-bench-storage-'));
  try {
    say(`filling an audit with ${records.toLocaleString('en')} records`);
    fillAudit(dataDir, records);
    const audit = bytesOf(dataDir, 'audit.sqlite');
    const database = openForReading(dataDir);
    const index = openIndex(dataDir, database, createRevealer(auditFiles(dataDir).keys));
    for (let next = index.nextMissing(); next !== null; next = index.nextMissing(next + 1)) index.write(next);
    database.close();
    const usage = openUsageStore(dataDir);
    await catchUp(dataDir, usage);
    await usage.close();
    const store = openSessionStore(dataDir);
    store.put(Array.from({ length: sessions }, (_, number) => sessionOf(number)));
    store.close();
    const perRecord = audit / records;
    const perIndexed = folderBytes(join(dataDir, 'audit-index')) / records;
    const perSession = bytesOf(dataDir, 'sessions.sqlite') / sessions;
    const figure = (what: string, bytes: number): Figure => ({
      bench: 'storage',
      case: what,
      system: 'causeway',
      bytesEach: rounded(bytes),
    });
    for (const people of crowds) {
      const aYear = people * requestsPerDay * daysPerYear * recordsPerRequest;
      const gigabytes = (aYear * (perRecord + perIndexed)) / 1e9;
      say(
        `${people.toLocaleString('en')} people: ${(people * requestsPerDay).toLocaleString('en')} requests a day, ${gigabytes.toPrecision(3)} GB of audit and index a year`,
      );
    }
    return [
      figure('audit-record', perRecord),
      figure('audit-index-record', perIndexed),
      figure('usage-record', bytesOf(dataDir, 'usage.db') / records),
      figure('session', perSession),
    ];
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
};

/** A database with all of it in its own file. */
function bytesOf(dataDir: string, name: string): number {
  const path = join(dataDir, name);
  const database = new DatabaseSync(path);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  return statSync(path).size;
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function sessionOf(number: number): SessionRecord {
  const nowMs = Date.parse('2026-01-05T08:00:00Z') + number;
  return {
    id: `s${number.toString(36).padStart(15, '0')}`,
    kind: 'person',
    issuer: 'https://idp.example',
    provider: 'Company',
    subject: `subject-${number}`,
    username: `person-${number}@example.com`,
    device: { id: `device-${number}`, name: `laptop-${number}`, system: 'macOS 26.1', appVersion: '1.2.3' },
    acr: 'urn:example:two-factors',
    signedInAtMs: nowMs,
    binding: 'key',
    tokenId: `token-${number}-0123456789abcdef`,
    issuedAtMs: nowMs,
    sinceMs: nowMs,
    lastUsedAtMs: nowMs,
    addresses: { [`10.0.${(number >> 8) & 255}.${number & 255}`]: nowMs, [`192.0.2.${number & 255}`]: nowMs },
    apis: Object.fromEntries(['orders', 'payroll', 'wiki', 'billing'].map((api) => [api, nowMs])),
    tunnels: { 'f6b7c1d0-0000-4000-8000-000000000000': { count: 1, seenAtMs: nowMs } },
  };
}
