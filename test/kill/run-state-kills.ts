import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { openPostgresActs } from '../../relay/acts/postgres-acts.ts';
import { openPostgresGrantStore } from '../../relay/grants/postgres-grant-store.ts';
import { openPostgresRevocations } from '../../relay/identity/postgres-revocations.ts';
import { newLock } from '../../relay/sessions/lock.ts';
import { openPostgresLockStore } from '../../relay/sessions/postgres-locks.ts';
import { storedDomains } from '../../relay/stored/stored-domains.ts';
import { connectPostgres } from '../../relay/storage/postgres/connect-postgres.ts';
import { postgresPlace } from '../support/postgres-place.ts';
import { startPostgres } from '../support/start-postgres.ts';
import type { Kept } from './check-kept.ts';

const writers = 4;
const longestPauseMs = 120;
/** After so many looks at whether anything is written again it is killed all the same. */
const longestLooks = 600;

/**
 * Adds and removes locks, asks for and decides access, and revokes, while PostgreSQL is killed with SIGKILL at random instants.
 * Answers what was kept.
 */
export async function runStateKills(
  kills: number,
  enough: AbortSignal = new AbortController().signal,
  random: () => number = Math.random,
): Promise<readonly Kept[]> {
  const server = await startPostgres();
  const log = pino({ level: 'silent' });
  const settings = postgresPlace(await server.createDatabase());
  const connection = connectPostgres(settings, log, { migrations: storedDomains });
  const [locks, grants] = [openPostgresLockStore(connection), openPostgresGrantStore(connection)];
  const [revocations, acts] = [openPostgresRevocations(connection), openPostgresActs(connection)];
  /** How it has to be for each name; null where nobody was told. */
  const wanted = new Map<string, string | null>();
  let unknown = 0;
  let isOver = false;
  let made = 0;

  /** Does something until it is known how it ended. */
  const attempt = async (name: string, state: string, work: () => unknown): Promise<boolean> => {
    try {
      await work();
      wanted.set(name, state);
      return true;
    } catch (error) {
      if (!(error instanceof AccessError && error.code === 'shared-state-unavailable')) throw error;
      unknown += 1;
      wanted.set(name, null);
      await sleep(5);
      return false;
    }
  };
  const writeLock = async (nowMs: number): Promise<void> => {
    const said = { reason: 'Kill test', author: 'test', untilMs: null };
    const lock = newLock({ type: 'everything' }, said, nowMs);
    const name = `lock ${lock.id}`;
    if (!(await attempt(name, 'in force', () => locks.add([lock], 'lock-added')))) return;
    if (random() < 0.5) await attempt(name, 'removed', () => locks.remove(lock.id, 'test', 'Cleared', nowMs));
  };
  const writeGrant = async (nowMs: number): Promise<void> => {
    const requester = { issuer: 'https://idp.example', subject: `s-${made}`, username: 'alice' };
    let id = '';
    const asked = { requester, api: 'orders', role: 'refunders', reason: 'Kill test', hours: 1 };
    const isMade = await attempt(`asked ${made}`, 'made', async () => {
      ({ id } = await grants.request(asked, nowMs));
    });
    if (!isMade) return;
    wanted.set(`request ${id}`, 'pending');
    await attempt(`request ${id}`, 'approved', () => grants.decide(id, 'approved', 'bob', '', nowMs));
  };
  const writeRevocation = async (nowMs: number): Promise<void> => {
    const name = JSON.stringify(['subject', 'https://idp.example', `s-${made}`]);
    const act = {
      type: 'administrator' as const,
      timeMs: nowMs,
      id: `act of ${name}`,
      act: 'sign-ins-revoked' as const,
      operator: { user: 'test', sudoUser: null },
      reason: 'Kill test',
      person: { issuer: 'https://idp.example', subject: `s-${made}`, username: 'alice' },
    };
    await attempt(`mark ${name}`, 'there', () => revocations.write([{ name, atMs: nowMs, by: 'administrator' }], act));
  };
  const write = async (): Promise<void> => {
    while (!isOver) {
      made += 1;
      await [writeLock, writeGrant, writeRevocation][made % 3]?.(Date.now());
    }
  };

  try {
    await connection.untilReady();
    const writing = Promise.all(Array.from({ length: writers }, write));
    for (let kill = 0; kill < kills && !enough.aborted; kill += 1) {
      const before = wanted.size - unknown;
      for (let looks = 0; wanted.size - unknown < before + writers && looks < longestLooks; looks += 1) await sleep(5);
      await sleep(random() * longestPauseMs);
      await server.kill();
      await server.restart();
    }
    isOver = true;
    await writing;
    await connection.untilReady();

    const there = new Map<string, string>();
    for (const { id, removed } of await locks.list())
      there.set(`lock ${id}`, removed === null ? 'in force' : 'removed');
    for (const { id, status } of await grants.list()) there.set(`request ${id}`, status);
    for (const { name } of await revocations.read(Date.now())) there.set(`mark ${name}`, 'there');
    const lost = [...wanted].flatMap(([name, state]) =>
      state === null || name.startsWith('asked ') || there.get(name) === state ? [] : [`${name}: ${state}`],
    );
    const recorded = new Map<string, number>();
    for (const { record } of await acts.waiting()) {
      const name =
        record.type === 'lock'
          ? `lock ${record.lock}`
          : record.type === 'access'
            ? `request ${record.grant}`
            : record.id.replace('act of', 'mark');
      recorded.set(name, (recorded.get(name) ?? 0) + 1);
    }
    /** How many acts have led to a state. */
    const acted: Readonly<Record<string, number>> = { 'in force': 1, removed: 2, pending: 1, approved: 2, there: 1 };
    const names = new Set([...there.keys(), ...recorded.keys()]);
    const unevenActs = [...names].filter((name) => recorded.get(name) !== acted[there.get(name) ?? '']);
    const confirmed = [...wanted.values()].filter((state) => state !== null).length;
    return [
      { what: 'changes that PostgreSQL confirmed are there', count: confirmed, wrong: lost },
      { what: 'changes have one record for each act', count: names.size, wrong: unevenActs },
      { what: 'changes failed, done or not', count: unknown, wrong: [] },
    ];
  } finally {
    isOver = true;
    await connection.close();
    await server.stop();
  }
}
