import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { personKey } from '../../../relay/identity/person-key.ts';
import { followPostgresSessions } from '../../../relay/sessions/follow-postgres-sessions.ts';
import { tellOpened } from '../../../relay/sessions/opened-news.ts';
import { openPostgresSessionStore } from '../../../relay/sessions/postgres-session-store.ts';
import type { SessionRecord } from '../../../relay/sessions/session-record.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage, type StorageServer } from '../../support/start-storage.ts';
import { zoe } from '../audit/personal-records.ts';
import { sessionOf } from '../erasure/session-of.ts';

const session = (id: string, subject: string, kind: SessionRecord['kind'] = 'person'): SessionRecord => ({
  ...sessionOf({ ...zoe, subject }, Date.now()),
  id,
  kind,
});
const keyOf = (subject: string): string => personKey({ issuer: zoe.issuer, subject });

describe('news of sessions that were opened elsewhere', () => {
  it('are one word for each person, however many there are', () => {
    const tell = vi.fn<(person: string, session: string) => void>();
    const many = Array.from({ length: 1000 }, (_, at) => session(`s${at}`, 'zoe'));
    const onOpened = vi.fn<(one: SessionRecord) => void>();
    tellOpened(() => false, { onOpenedElsewhere: tell, onOpened })([...many, session('sBob', 'bob')]);
    expect(onOpened).toHaveBeenCalledTimes(1001);
    expect(tell.mock.calls.map(([person]) => person)).toEqual([keyOf('zoe'), keyOf('bob')]);
  });

  it('name a session that isn’t here, also when others of the person are; services have none', () => {
    const tell = vi.fn<(person: string, session: string) => void>();
    const isHere = (id: string): boolean => id === 'here';
    const all = [
      session('there', 'zoe'),
      session('here', 'zoe'),
      session('here', 'bob'),
      session('job', 'x', 'service'),
    ];
    const onOpened = vi.fn<(one: SessionRecord) => void>();
    tellOpened(isHere, { onOpenedElsewhere: tell, onOpened })(all);
    expect(onOpened.mock.calls.map(([{ id }]) => id)).toEqual(['there', 'here', 'here']);
    expect(tell.mock.calls).toEqual([[keyOf('zoe'), 'there']]);
  });
});

describe.runIf(postgresPrograms !== null)('sessions in PostgreSQL', { timeout: 120_000 }, () => {
  let storage: StorageServer;
  beforeAll(async () => void (storage = await startStorage()));
  afterAll(() => storage?.stop());

  it('come together with each look, without those of services', async () => {
    const connection = storage.connect();
    await connection.untilReady();
    await openPostgresSessionStore(connection).put([
      session('one', 'zoe'),
      session('two', 'zoe'),
      session('job', 'x', 'service'),
    ]);
    const onOpened = vi.fn<(sessions: readonly SessionRecord[]) => void>();
    let load: ((version: number, loaded: number) => Promise<void>) | undefined;
    const follow = (_topic: string, given: typeof load): void => void (load = given);
    followPostgresSessions(connection, { follow } as never)(onOpened);
    await load?.(1, 0);
    expect(onOpened.mock.calls.map(([sessions]) => sessions.map(({ id }) => id).toSorted())).toEqual([['one', 'two']]);
  });
});
