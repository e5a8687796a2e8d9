import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { describe, expect, it } from 'vitest';
import type { AuditLog, AuditRecord } from '../../../relay/audit/audit-record.ts';
import type { Finding } from '../../../relay/anomalies/finding.ts';
import { refusedBeforeMs } from '../../../relay/anomalies/forget-addresses.ts';
import { startAnomalies } from '../../../relay/anomalies/start-anomalies.ts';
import { earlierPlace } from '../../../relay/anomalies/look-again.ts';
import { openWatch } from '../../../relay/anomalies/watch-audit.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import { AccessError } from '../../../shared/errors.ts';
import { openUsage } from '../../../relay/reports/open-usage.ts';
import { alice, append, decision, openAudit, silent, temporaryFolder } from '../audit/audit-fixtures.ts';
import { writeAudit } from '../reports/audit-of.ts';
import { refusal } from './synthetic-incidents.ts';

const settings = anomaliesSchema.parse({ denial_burst: { denials: 3 }, quiet_minutes: 1 });
const denied = (timeMs = Date.now()): AuditRecord => decision('r', { timeMs, effect: 'deny', rule: null });
const findingsIn = (dataDir: string): Finding[] =>
  queryAudit(dataDir, { limit: 100 }).flatMap(({ record }) => (record.type === 'anomaly' ? [record] : []));

/** Resolves with the next finding that is in the audit. */
function watchFor(
  dataDir: string,
  audit: AuditLog,
): { readonly found: Promise<Finding>; readonly close: () => Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const anomalies = startAnomalies({ dataDir, settings, audit, log: silent, pollMs: 10, onFinding: resolve });
  onTestFinished(() => anomalies.close());
  return { found: promise, close: () => anomalies.close() };
}

describe('the search for anomalies', () => {
  it('puts what it finds into the audit, once, also when it is started again', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const first = watchFor(dataDir, audit);
    for (let index = 0; index < 3; index += 1) await append(audit, denied());
    const finding = await first.found;
    await first.close();
    expect(finding).toMatchObject({
      type: 'anomaly',
      rule: 'denial-burst',
      api: 'orders',
      detail: '3 denied requests within 5 min.',
    });
    expect(findingsIn(dataDir)).toEqual([finding]);

    const second = watchFor(dataDir, audit);
    for (let index = 0; index < 3; index += 1) await append(audit, denied(Date.now() + 120_000));
    const other = await second.found;
    await second.close();
    expect(findingsIn(dataDir)).toEqual([other, finding]);
  });

  it('says once that the audit can’t be written, and records what it found once it can', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    for (let index = 0; index < 3; index += 1) await append(audit, denied());
    const said: string[] = [];
    const log = pino({}, { write: (line) => void said.push((JSON.parse(line) as { msg: string }).msg) });
    let refusals = 0;
    const full: AuditLog = {
      ...audit,
      healthy: true,
      append(record, done) {
        if (refusals >= 3) return audit.append(record, done);
        refusals += 1;
        setImmediate(() => done(new AccessError('audit-unavailable', 'The disk is full.')));
      },
    };
    const { promise, resolve } = Promise.withResolvers<Finding>();
    const anomalies = startAnomalies({ dataDir, settings, audit: full, log, pollMs: 10, onFinding: resolve });
    onTestFinished(() => anomalies.close());
    const finding = await promise;
    expect(findingsIn(dataDir)).toEqual([finding]);
    expect(refusals).toBe(3);
    expect(said).toEqual([
      'what is out of the ordinary can’t be recorded here; it is told again, by another relay where they share a storage',
      'out of the ordinary',
    ]);
  });

  it('knows what was found before it was killed, and what is in the audit already', async () => {
    const dataDir = temporaryFolder();
    await writeAudit(dataDir, [denied(), denied(), denied()]);
    const killed = openWatch(dataDir, settings);
    while (killed.step());
    const [finding] = killed.unrecorded();
    if (finding === undefined) throw new Error('Nothing was found');
    killed.close();
    const next = openWatch(dataDir, settings);
    while (next.step());
    expect(next.unrecorded()).toEqual([finding]);
    await writeAudit(dataDir, [finding]);
    while (next.step());
    expect(next.unrecorded()).toEqual([]);
    next.close();
  });

  it.each(['a reload', 'a restart', 'a restart with other thresholds'])(
    'goes on over %s with what was seen within the minutes of a rule, and tells nothing twice',
    async (how) => {
      const dataDir = temporaryFolder();
      const hour = anomaliesSchema.parse({ denial_burst: { denials: 3 }, quiet_minutes: 60 });
      const other = anomaliesSchema.parse({ denial_burst: { denials: 4 }, quiet_minutes: 60, two_places: 'off' });
      await writeAudit(dataDir, [denied(), denied()]);
      let watch = openWatch(dataDir, hour);
      const look = (): readonly Finding[] => {
        while (watch.step());
        return watch.unrecorded();
      };
      const again = (): void => {
        if (how === 'a reload') return watch.replace(other);
        watch.close();
        watch = openWatch(dataDir, how === 'a restart' ? hour : other);
      };
      expect(look()).toEqual([]);
      again();
      await writeAudit(dataDir, [denied(), denied()]);
      const found = look();
      expect(found).toMatchObject([{ rule: 'denial-burst' }]);
      for (const { id } of found) watch.recorded(id);
      again();
      await writeAudit(dataDir, [denied(), denied(), denied(), denied()]);
      expect(look()).toEqual([]);
      again();
      const laterMs = Date.now() + 3_700_000;
      await writeAudit(dataDir, [denied(laterMs), denied(laterMs), denied(laterMs), denied(laterMs)]);
      expect(look()).toHaveLength(1);
      watch.close();
    },
  );

  it('knows after a restart what was new before it', async () => {
    const dataDir = temporaryFolder();
    const monthAgoMs = Date.now() - 30 * 86_400_000;
    const nowMs = Date.now() - 60_000;
    const device = { caller: { ...alice, device: 'stolen' } };
    await writeAudit(dataDir, [
      decision('r1', { timeMs: monthAgoMs }),
      decision('r2', { timeMs: nowMs - 3_600_000 }),
      decision('r3', { timeMs: nowMs, ...device }),
    ]);
    const first = openWatch(dataDir, settings);
    while (first.step());
    expect(first.unrecorded()).toEqual([]);
    first.close();
    await writeAudit(dataDir, [decision('r4', { timeMs: nowMs + 1000, ...device, api: 'never-used' })]);
    const second = openWatch(dataDir, settings);
    while (second.step());
    expect(second.unrecorded()).toMatchObject([
      { rule: 'new-device', detail: 'Within an hour: a new device, an API used for the first time.' },
    ]);
    second.close();
  });

  it('doesn’t tell of refused sign-ins again whose address it has forgotten', async () => {
    const dataDir = temporaryFolder();
    const refusals = (count: number): readonly AuditRecord[] =>
      Array.from({ length: count }, (_, index) => refusal(Date.now() + index, '203.0.113.9', `p${index}`));
    const hour = anomaliesSchema.parse({});
    await writeAudit(dataDir, refusals(30));
    const first = openWatch(dataDir, hour);
    while (first.step());
    for (const { id } of first.unrecorded()) first.recorded(id);
    first.forgetAddresses(Date.now() + 1_000_000);
    first.close();
    await writeAudit(dataDir, refusals(5));
    const second = openWatch(dataDir, hour);
    while (second.step());
    expect(second.unrecorded()).toEqual([]);
    second.close();
  });

  it.each([
    ['nothing', 0, 1000, 0, Number.POSITIVE_INFINITY],
    ['a few records', 10, 1000, 0, 1000],
    ['a record a second', 60_000, 1000, 30_000, 30_001_000],
    ['more than it reads again', 500_000, 1, 300_000, 300_001],
  ])('begins early enough to know what the rules count, with %s', (_, place, everyMs, seq, fromMs) => {
    const reader = {
      after: () => [],
      at: (one: number) => {
        const payload = `{"timeMs":${one * everyMs}}`;
        return one === 0 ? undefined : { seq: one, payload, stored: payload };
      },
      range: () => ({ first: 1, last: place }),
      close: () => undefined,
    };
    expect(earlierPlace(reader, place, 30_000_000)).toEqual({ seq, fromMs, placeMs: place * everyMs });
  });

  it('forgets where refused sign-ins came from when their days are over, and nobody else', async () => {
    const dataDir = temporaryFolder();
    const refusals = Array.from({ length: 30 }, (_, index) => refusal(Date.now() + index, '203.0.113.9', `p${index}`));
    await writeAudit(dataDir, [denied(), denied(), denied(), ...refusals]);
    const watch = openWatch(dataDir, settings);
    while (watch.step());
    const found = watch.unrecorded();
    expect(found.map(({ rule }) => rule).toSorted()).toEqual(['denial-burst', 'refused-sign-ins']);
    for (const { id } of found) watch.recorded(id);
    const stored = (): readonly string[] => {
      const database = openUsage(dataDir);
      const rows = database.prepare('SELECT record FROM finding ORDER BY id').all();
      database.close();
      return rows.map((row) => String(row['record']));
    };
    const before = stored();
    watch.forgetAddresses(Math.min(...found.map(({ timeMs }) => timeMs)));
    expect(stored()).toEqual(before);
    watch.forgetAddresses(Date.now() + 1_000_000);
    expect(stored().join()).not.toContain('203.0.113.9');
    expect(stored().filter((record) => before.includes(record))).toHaveLength(1);
    watch.close();
  });

  it.each([
    [undefined, null],
    [1, '2026-11-03T00:00:00.000Z'],
    [30, '2026-10-05T00:00:00.000Z'],
  ])('of %s days go before %s', (days, before) => {
    const beforeMs = refusedBeforeMs(days, Date.parse('2026-11-03T17:00:00Z'));
    expect(beforeMs === null ? null : new Date(beforeMs).toISOString()).toBe(before);
  });

  it('only learns from records that are older than a day', async () => {
    const dataDir = temporaryFolder();
    const yesterdayMs = Date.now() - 25 * 3_600_000;
    await writeAudit(dataDir, [denied(yesterdayMs), denied(yesterdayMs), denied(yesterdayMs)]);
    const watch = openWatch(dataDir, settings);
    while (watch.step());
    expect(watch.unrecorded()).toEqual([]);
    watch.close();
  });
});
