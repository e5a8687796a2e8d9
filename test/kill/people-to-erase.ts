import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { AuditCaller, AuditRecord } from '../../relay/audit/audit-record.ts';
import { createAuditLog } from '../../relay/audit/create-audit-log.ts';
import { openGrantStore } from '../../relay/grants/grant-store.ts';
import { catchUp } from '../../relay/reports/follow-audit.ts';
import { openUsageStore } from '../../relay/reports/sqlite-usage.ts';
import { openSessionStore } from '../../relay/sessions/session-store.ts';
import { decision } from '../relay/audit/audit-records.ts';
import { sessionOf } from '../relay/erasure/session-of.ts';

/** Of each person. */
const [records, sessions, requests] = [60, 20, 10];
const apis = 12;
const hourMs = 3_600_000;

/** Somebody whose every name, device and session has `word` in it, which stands nowhere else. */
export interface PersonLeft {
  readonly word: string;
  readonly caller: AuditCaller;
}

export function peopleLeft(count: number): readonly PersonLeft[] {
  return Array.from({ length: count }, (_, index) => {
    const word = `q${String(index).padStart(4, '0')}quince`;
    const caller = {
      issuer: 'https://idp.example',
      subject: `subject-${word}`,
      username: `${word}@corp.example`,
      groups: ['staff'],
      sessionId: `session-${word}`,
      device: `Laptop-${word}`,
      remoteAddress: '198.51.100.77',
    };
    return { word, caller };
  });
}

/** Fills a data folder with all that a relay keeps of people who worked, were counted, and asked for access. */
export async function fillWithPeople(dataDir: string, people: readonly PersonLeft[], nowMs: number): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const log = pino({ level: 'silent' });
  const audit = await createAuditLog({ dataDir, log, sealing: { erasable: true, refusedDays: undefined } });
  const append = (record: AuditRecord): Promise<void> =>
    new Promise((resolve, reject) => audit.append(record, (error) => (error === null ? resolve() : reject(error))));
  await Promise.all(people.flatMap((person, place) => recordsOf(person, place, nowMs).map(append)));
  await audit.close();
  const usage = openUsageStore(dataDir);
  await catchUp(dataDir, usage);
  await usage.close();
  const store = openSessionStore(dataDir);
  for (const { word, caller } of people)
    store.put(
      Array.from({ length: sessions }, (_, index) => ({ ...sessionOf(caller, nowMs), id: `s${index}-${word}` })),
    );
  store.close();
  const grants = openGrantStore(dataDir);
  for (const { word, caller } of people)
    for (let index = 0; index < requests; index += 1) {
      const asked = { requester: caller, api: 'orders', role: 'reader', reason: `Order of ${word}`, hours: 1 };
      const { id } = grants.request(asked, nowMs);
      grants.decide(id, 'refused', 'boss', `${word} needs none`, nowMs);
    }
  for (const { id } of grants.outbox.waiting()) grants.outbox.didRecord(id);
  grants.close();
}

function recordsOf({ word, caller }: PersonLeft, place: number, nowMs: number): readonly AuditRecord[] {
  return Array.from({ length: records }, (_, index) =>
    decision(`r-${place}-${index}`, {
      caller,
      api: `api-${index % apis}`,
      path: `/v1/of/${word}`,
      timeMs: nowMs - (index % 24) * hourMs,
    }),
  );
}

/** Words that stand in a file of a folder, whatever its form is. */
export function wordsIn(dataDir: string, people: readonly PersonLeft[]): readonly string[] {
  const files = globSync('**/*', { cwd: dataDir, withFileTypes: true }).filter((file) => file.isFile());
  return files.flatMap((file) => {
    const content = readFileSync(join(file.parentPath, file.name)).toString('latin1').toLowerCase();
    return people.filter(({ word }) => content.includes(word)).map(({ word }) => `${word} in ${file.name}`);
  });
}
