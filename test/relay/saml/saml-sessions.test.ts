import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BridgeStore, openBridgeStore } from '../../../relay/saml/bridge-store.ts';
import type { SamlSubject } from '../../../relay/saml/check-assertion.ts';
import { endSession, rememberSession, sessionsOf, sessionSource } from '../../../relay/saml/saml-sessions.ts';

const nowMs = Date.UTC(2026, 0, 5);
let dir: string;
let store: BridgeStore;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-sessions-'));
  store = openBridgeStore(dir, () => nowMs);
  for (const [bridgeSession, nameId, sessionIndex] of [
    ['b-1', 'alice', 's-1'],
    ['b-2', 'alice', 's-2'],
    ['b-3', 'alice', undefined],
    ['b-4', 'bob', 's-1'],
  ] as const) {
    const source = { nameId, ...(sessionIndex === undefined ? {} : { sessionIndex }) };
    await rememberSession(store, bridgeSession, `account-${nameId}`, source, nowMs + 1000);
  }
  await rememberSession(store, 'b-5', 'account-alice', { nameId: 'alice', sessionIndex: 's-1' }, nowMs);
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the sessions that a logout request names', () => {
  it.each<[nameId: string, indexes: string[], sessions: string[]]>([
    ['alice', [], ['b-1', 'b-2', 'b-3']],
    ['alice', ['s-1'], ['b-1']],
    ['alice', ['s-2', 's-1'], ['b-1', 'b-2']],
    ['alice', ['s-3'], []],
    ['bob', ['s-1'], ['b-4']],
    ['bob', [], ['b-4']],
    ['carol', [], []],
    ['ALICE', [], []],
  ])('of %s, %j, are %j', async (nameId, indexes, sessions) => {
    const found = await sessionsOf(store, nameId, indexes);
    expect(found.map(({ bridgeSession }) => bridgeSession).toSorted()).toEqual(sessions);
    for (const session of found) expect(session).toMatchObject({ nameId, accountId: `account-${nameId}` });
  });

  it('are one fewer once one has ended', async () => {
    await endSession(store, { bridgeSession: 'b-1' });
    const found = await sessionsOf(store, 'alice', []);
    expect(found.map(({ bridgeSession }) => bridgeSession).toSorted()).toEqual(['b-2', 'b-3']);
  });
});

it.each<[subject: Partial<SamlSubject>, source: object]>([
  [{ nameId: 'a' }, { nameId: 'a' }],
  [
    {
      nameId: 'a',
      nameIdFormat: 'f',
      nameQualifier: 'n',
      spNameQualifier: 's',
      sessionIndex: 'i',
      sessionEndsAtMs: 7,
    },
    { nameId: 'a', nameIdFormat: 'f', nameQualifier: 'n', spNameQualifier: 's', sessionIndex: 'i', endsAtMs: 7 },
  ],
])('a sign-out later needs of %j just %j', (subject, source) => {
  const rest = { attributes: new Map(), authnContext: 'x', assertionId: 'y' };
  expect(sessionSource({ ...rest, ...subject } as unknown as SamlSubject)).toStrictEqual(source);
});
