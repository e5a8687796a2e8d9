import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openBridgeKeys } from '../../../relay/saml/bridge-keys.ts';
import { type BridgeStore, openBridgeStore } from '../../../relay/saml/bridge-store.ts';

let dir: string;
let nowMs: number;
let store: BridgeStore;
const now = (): number => nowMs;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-store-'));
  nowMs = Date.parse('2026-06-01T00:00:00Z');
  store = openBridgeStore(dir, now);
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the bridge’s store', () => {
  it('forgets what has ended', () => {
    void store.put('SamlTicket', 'a', { uid: '1' }, nowMs + 1000);
    nowMs += 1000;
    expect(store.get('SamlTicket', 'a')).toBeUndefined();
    expect(store.take('SamlTicket', 'a')).toBeUndefined();
  });

  it('gives what is taken once', () => {
    void store.put('SamlTicket', 'a', { uid: '1' }, nowMs + 1000);
    expect([store.take('SamlTicket', 'a'), store.take('SamlTicket', 'a')]).toEqual([{ uid: '1' }, undefined]);
  });

  it('remembers a used ID over a restart, until it may be forgotten', () => {
    expect(store.addOnce('SamlAssertion', '_a', nowMs + 1000)).toBe(true);
    store.close();
    store = openBridgeStore(dir, now);
    expect(store.addOnce('SamlAssertion', '_a', nowMs + 1000)).toBe(false);
    nowMs += 1000;
    expect(store.addOnce('SamlAssertion', '_a', nowMs + 1000)).toBe(true);
  });

  it('ends a session with its grants, tokens and cookie, and no other', () => {
    for (const [session, grant] of [
      ['s1', 'g1'],
      ['s2', 'g2'],
    ] as const) {
      void store.put('Session', `cookie-${session}`, { uid: session, accountId: 'p', jti: 'x' }, nowMs + 1000);
      void store.put('Grant', grant, { accountId: 'p' }, nowMs + 1000);
      void store.put('RefreshToken', `token-${session}`, { grantId: grant, sessionUid: session }, nowMs + 1000);
      void store.put('AuthorizationCode', `code-${session}`, { grantId: grant, sessionUid: session }, nowMs + 1000);
    }
    void store.deleteSession('s1');
    const left = (session: string, grant: string) => [
      store.get('Session', `cookie-${session}`),
      store.findByUid('Session', session),
      store.get('Grant', grant),
      store.get('RefreshToken', `token-${session}`),
      store.get('AuthorizationCode', `code-${session}`),
    ];
    expect(left('s1', 'g1')).toEqual(Array.from({ length: 5 }));
    expect(left('s2', 'g2')).not.toContain(undefined);
  });

  it('stays bounded when strangers begin sign-ins, and keeps those who signed in', () => {
    void store.put('Session', 'mine', { uid: 'mine', accountId: 'p' }, nowMs + 1);
    for (let index = 0; index < 20_100; index += 1) {
      void store.put('Session', `stranger-${index}`, { uid: `u${index}` }, nowMs + 60_000 + index);
    }
    expect(store.get('Session', 'mine')).toBeDefined();
    expect(store.get('Session', 'stranger-0')).toBeUndefined();
    expect(store.get('Session', 'stranger-20099')).toBeDefined();
  });

  it.each<[model: string, rows: number, left: number]>([
    ['Interaction', 20_000, 18_001],
    ['Session', 20_000, 18_001],
    ['PushedAuthorizationRequest', 20_000, 18_001],
    ['ReplayDetection', 20_000, 18_001],
    ['SamlRequest', 20_000, 18_001],
    ['SamlRequest', 19_999, 20_000],
    ['SamlTicket', 20_000, 20_001],
  ])('keeps only the newest of what strangers make: of %s, put to %i there are %i', (model, rows, left) => {
    const database = new DatabaseSync(join(dir, 'saml-bridge.db'));
    const endMs = nowMs + 100_000;
    database.exec(
      `WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < ${rows})
       INSERT INTO rows SELECT '${model}', at, '{}', ${endMs} + at, NULL, NULL, NULL, NULL FROM n`,
    );
    const counted = database.prepare(
      'SELECT count(*) AS count, min(expires_at_ms) AS oldest FROM rows WHERE model = ?',
    );
    const leftNow = (): unknown => ({ ...counted.get(model) });
    void store.put(model, 'new', {}, endMs + 30_000);
    expect(leftNow()).toEqual({ count: left, oldest: endMs + rows + 2 - left });
    void store.put(model, 'another', {}, endMs + 30_000);
    if (left !== 20_000) expect(leftNow()).toEqual({ count: left + 1, oldest: endMs + rows + 2 - left });
    else expect(leftNow()).toEqual({ count: 18_001, oldest: endMs + 2001 });
    database.close();
  });

  it('keeps nothing that has ended in its file, when it opens and each minute', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const database = new DatabaseSync(join(dir, 'saml-bridge.db'));
    onTestFinished(() => database.close());
    const rows = (): number => Number(database.prepare('SELECT count(*) AS count FROM rows').get()?.['count']);
    void store.put('SamlTicket', 'a', {}, nowMs + 1000);
    store.close();
    nowMs += 999;
    store = openBridgeStore(dir, now);
    expect(rows()).toBe(1);
    nowMs += 1;
    vi.advanceTimersByTime(59_999);
    expect(rows()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(rows()).toBe(0);
    void store.put('SamlTicket', 'a', {}, nowMs + 1000);
    store.close();
    nowMs += 1000;
    store = openBridgeStore(dir, now);
    expect(rows()).toBe(0);
  });

  it('knows a session by its id and its uid, before a sign-in and after it, and one of both alone', () => {
    const both = (): unknown[] => [store.get('Session', 'c'), store.findByUid('Session', 'u')];
    const [stranger, person] = [{ uid: 'u' }, { uid: 'u', accountId: 'p' }];
    void store.put('Session', 'c', stranger, nowMs + 1000);
    expect(both()).toEqual([stranger, stranger]);
    void store.put('Session', 'c', person, nowMs + 1000);
    expect(both()).toEqual([person, person]);
    void store.delete('Session', 'c');
    expect(both()).toEqual([undefined, undefined]);
    void store.put('Session', 'c', person, nowMs + 1000);
    nowMs += 1000;
    expect(both()).toEqual([undefined, undefined]);
  });

  it('tells models, ids, uids and indexes apart', () => {
    void store.put('A', 'a', { uid: 'u', lookup: 'l', at: 'Aa' }, nowMs + 1000);
    void store.put('A', 'b', { uid: 'v', lookup: 'l', at: 'Ab' }, nowMs + 1000);
    void store.put('A', 'c', { uid: 'w', lookup: 'l', at: 'Ac' }, nowMs);
    void store.put('B', 'a', { uid: 'u', lookup: 'm', at: 'Ba' }, nowMs + 1000);
    const at = (found: unknown): string => (found as { at?: string } | undefined)?.at ?? '';
    expect([at(store.get('B', 'a')), at(store.findByUid('A', 'v')), at(store.findByUid('B', 'v'))]).toEqual([
      'Ba',
      'Ab',
      '',
    ]);
    const found = (model: string, index: string): string =>
      (store.findByIndex(model, index) as unknown[])
        .map(at)
        .toSorted((one, other) => one.localeCompare(other))
        .join(' ');
    expect([found('A', 'l'), found('A', 'm'), found('B', 'm')]).toEqual(['Aa Ab', '', 'Ba']);
    void store.delete('A', 'a');
    expect([at(store.get('A', 'a')), at(store.get('B', 'a'))]).toEqual(['', 'Ba']);
  });

  it('ends a grant with what came from it, and no other', () => {
    for (const grant of ['g1', 'g2']) {
      void store.put('Grant', grant, {}, nowMs + 1000);
      void store.put('RefreshToken', `of ${grant}`, { grantId: grant }, nowMs + 1000);
    }
    void store.deleteGrant('g1');
    expect(['g1', 'g2'].map((grant) => [store.get('Grant', grant), store.get('RefreshToken', `of ${grant}`)])).toEqual([
      [undefined, undefined],
      [{}, { grantId: 'g2' }],
    ]);
  });

  it('is closed to others and holds no token that could be used', () => {
    void store.put('RefreshToken', 'a-secret-refresh-token', { grantId: 'a-grant' }, nowMs + 1000);
    store.close();
    const path = join(dir, 'saml-bridge.db');
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(readFileSync(path).includes('a-secret-refresh-token')).toBe(false);
    store = openBridgeStore(dir, now);
  });
});

describe('the bridge’s keys', () => {
  const dayMs = 86_400_000;

  it('are made once, closed to others', () => {
    const first = openBridgeKeys(dir, now).current();
    expect(openBridgeKeys(dir, now).current()).toEqual(first);
    expect(statSync(join(dir, 'saml-bridge-keys.json')).mode & 0o077).toBe(0);
  });

  it('are published a day before they sign, and a day after', () => {
    const keys = openBridgeKeys(dir, now);
    const kids = (): (string | undefined)[] => keys.current().jwks.map(({ kid }) => kid);
    const [first] = kids();
    expect(keys.rotate()).toBe(false);
    nowMs += 29 * dayMs;
    expect(keys.rotate()).toBe(true);
    expect(kids()).toHaveLength(2);
    expect(kids()[0]).toBe(first);
    nowMs += dayMs;
    expect(keys.rotate()).toBe(true);
    expect(kids()[1]).toBe(first);
    nowMs += dayMs;
    expect(keys.rotate()).toBe(true);
    expect(kids()).not.toContain(first);
  });

  it('that can’t be read stop the start, with what to do', () => {
    openBridgeKeys(dir, now);
    writeFileSync(join(dir, 'saml-bridge-keys.json'), '{}');
    expect(() => openBridgeKeys(dir, now)).toThrow(/restore the file or move it away/);
  });
});
