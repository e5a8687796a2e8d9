import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openBridgeStore } from '../../../relay/saml/bridge-store.ts';
import type { LogoutMessage } from '../../../relay/saml/read-logout.ts';
import { rememberSession } from '../../../relay/saml/saml-sessions.ts';
import { createSignOutRoutes, type SignOutParts } from '../../../relay/saml/sign-out-routes.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

const nowMs = 1_800_000_000_000;

/** Routes with sessions of alice (two) and bob, of a provider that can't be told of sign-outs. */
async function setUp(message?: object) {
  const ended: string[] = [];
  const store = openBridgeStore(temporaryFolder(), () => nowMs);
  onTestFinished(() => store.close());
  const routes = createSignOutRoutes({
    sp: () => ({ config: { single_logout: true } }),
    idp: () => ({ signOut: null }),
    store,
    reader: { logout: async () => message as LogoutMessage },
    now: () => nowMs,
    onEnded: ({ subject, sessionId }: { subject: string; sessionId: string }) => ended.push(`${subject} ${sessionId}`),
  } as unknown as SignOutParts);
  for (const [uid, nameId, sessionIndex] of [
    ['b1', 'alice', 's1'],
    ['b2', 'alice', 's2'],
    ['b3', 'bob', 's1'],
  ] as const)
    // oxlint-disable-next-line no-await-in-loop -- in this order
    await rememberSession(store, uid, nameId, { nameId, sessionIndex }, nowMs + 1000);
  const page = { status: 0, text: '' };
  const response = {
    writeHead(status: number) {
      page.status = status;
      return response;
    },
    end: (text = '') => void (page.text = text),
  };
  const receive = (): Promise<void> =>
    routes.receive({ headers: {} } as IncomingMessage, response as unknown as ServerResponse, {} as never);
  return { ended, page, receive, routes, store };
}

const request = { type: 'request', id: '_1', nameId: 'alice', sessionIndexes: [], usableUntilMs: nowMs + 1000 };

describe('a logout message', () => {
  it('that comes a second time ends nothing', async () => {
    const { ended, receive } = await setUp({ ...request, sessionIndexes: ['s1'] });
    await receive();
    expect(ended).toEqual(['alice b1']);
    await expect(receive()).rejects.toThrow(/comes a second time/);
    expect(ended).toHaveLength(1);
  });

  it('that answers no request of ours is refused, and one that does counts once', async () => {
    const { ended, page, receive, store } = await setUp({ type: 'response', inResponseTo: '_r' });
    await expect(receive()).rejects.toThrow(/belongs to no sign-out that is under way/);
    void store.put('SamlLogout', '_r', {}, nowMs + 1000);
    await receive();
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('You are signed out. You can close') });
    await expect(receive()).rejects.toThrow(/belongs to no sign-out that is under way/);
    expect(ended).toEqual([]);
  });

  it('ends all sessions of the person where none is named, and nobody else’s', async () => {
    const { ended, page, receive } = await setUp(request);
    await receive();
    expect(ended.toSorted((one, other) => one.localeCompare(other))).toEqual(['alice b1', 'alice b2']);
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('signed out of Causeway, too') });
  });
});

it('a sign-out at the bridge ends the session that it is of, once, and goes nowhere where nobody can be told', async () => {
  const { ended, routes } = await setUp();
  expect(await routes.begin('other')).toBeNull();
  expect(ended).toEqual([]);
  expect(await routes.begin('b2')).toBeNull();
  expect(await routes.begin('b2')).toBeNull();
  expect(ended).toEqual(['alice b2']);
});
