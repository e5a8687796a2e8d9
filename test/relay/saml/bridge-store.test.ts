import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
