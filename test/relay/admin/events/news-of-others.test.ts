import { generateKeyPairSync } from 'node:crypto';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newsOfOthers } from '../../../../relay/admin/news/news-of-others.ts';
import { gatherNews, withOthers } from '../../../../relay/admin/news/news.ts';
import { allTopics } from '../../../../relay/admin/news/topics.ts';
import { auditLine } from '../../../../relay/audit/audit-line.ts';
import type { AuditRecord } from '../../../../relay/audit/audit-record.ts';
import { openDatabaseLog } from '../../../../relay/audit/shared/database-log.ts';
import { postgresPrograms } from '../../../support/start-postgres.ts';
import { startStorage } from '../../../support/start-storage.ts';
import { decision } from '../../audit/audit-records.ts';

const log = pino({ level: 'silent' });
const patient = { timeout: 30_000, interval: 50 };

describe.runIf(postgresPrograms !== null)('news of relays that share a storage', { timeout: 120_000 }, () => {
  it('come as they arrive there, without this relay’s own, and only from when somebody listens', async () => {
    const storage = await startStorage();
    onTestFinished(() => storage.stop());
    const open = async (relay: string) => {
      const { privateKey: key } = generateKeyPairSync('ed25519');
      const opened = await openDatabaseLog({ storage: storage.settings, relay, key, statementMs: 10_000 });
      onTestFinished(() => opened.close());
      return (...ids: readonly string[]) => opened.write(ids.map((id) => auditLine(decision(id))));
    };
    const [own, other] = [await open('r-one'), await open('r-two')];
    await other('before');
    const source = newsOfOthers({ postgres: storage.settings, relay: 'r-one' }, log, 50);
    onTestFinished(() => source.close());

    const heard: string[] = [];
    let skipped = 0;
    const idOf = (record: AuditRecord): string => ('requestId' in record ? record.requestId : '');
    const listen = () =>
      source.onRecorded(
        (record) => heard.push(idOf(record)),
        (count) => (skipped += count),
      );
    const stop = listen();
    let probes = 0;
    await expect
      .poll(async () => {
        await other(`probe-${(probes += 1)}`);
        return heard.length;
      }, patient)
      .toBeGreaterThan(0);
    await own('own-1');
    await other('other-1', 'other-2');
    await expect.poll(() => heard.slice(-2), patient).toEqual(['other-1', 'other-2']);
    expect(heard.some((id) => id === 'before' || id === 'own-1')).toBe(false);

    // Of very many at once the newest, and how many more there are.
    await other(...Array.from({ length: 450 }, (_, index) => `many-${index}`));
    await expect.poll(() => heard.at(-1), patient).toBe('many-449');
    expect(heard.filter((id) => id.startsWith('many-')).length + skipped).toBe(450);
    expect(skipped).toBeGreaterThan(0);

    stop();
    const count = heard.length;
    await other('unheard');
    const stopAgain = listen();
    await expect
      .poll(async () => {
        await other(`again-${(probes += 1)}`);
        return heard.length;
      }, patient)
      .toBeGreaterThan(count);
    expect(heard).not.toContain('unheard');
    stopAgain();
  });
});

it('what was left out is told as news of everything, together with this relay’s own', async () => {
  const listeners: Parameters<Parameters<typeof gatherNews>[0]['onRecorded']>[] = [];
  const source = {
    onRecorded(...given: (typeof listeners)[number]) {
      listeners.push(given);
      return () => undefined;
    },
  };
  const news = gatherNews(withOthers(source, source));
  onTestFinished(() => news.close());
  const heard = Promise.withResolvers<Parameters<Parameters<typeof news.listen>[0]>[0]>();
  news.listen(heard.resolve);
  expect(listeners).toHaveLength(2);
  listeners[0]?.[0](decision('one'));
  listeners[1]?.[1](7);
  const batch = await heard.promise;
  expect(batch).toMatchObject({ records: [{ requestId: 'one' }], skipped: 7 });
  expect([...batch.topics].toSorted()).toEqual([...allTopics].toSorted());
});
