import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AccessError } from '../../../shared/errors.ts';
import type { SamlConfig } from '../../../relay/config/saml-schema.ts';
import { openBridgeStore } from '../../../relay/saml/bridge-store.ts';
import type { SamlSubject } from '../../../relay/saml/check-assertion.ts';
import { samlRefusal } from '../../../relay/saml/saml-refusal.ts';
import {
  createSignInRoutes,
  isUnavailable,
  sendRefusal,
  type SignInParts,
} from '../../../relay/saml/sign-in-routes.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

const nowMs = Date.UTC(2026, 5, 1);
const config = {
  attributes: { username: ['uid'], name: [], email: [], groups: [] },
  claims: {},
  required: [],
  clock_leeway_seconds: 60,
  session_seconds: 3600,
  refresh_seconds: 3600,
} as unknown as SamlConfig;
const subject = {
  assertionId: '_a',
  nameId: 'alice',
  authenticatedAtMs: nowMs - 5500,
  usableUntilMs: nowMs + 1000,
  attributes: new Map([['uid', ['al']]]),
} as unknown as SamlSubject;

class Answer extends EventEmitter {
  status = 0;
  headers: Record<string, unknown> = {};
  text = '';
  writeHead(status: number, headers: Record<string, unknown> = {}): this {
    this.status = status;
    this.headers = headers;
    return this;
  }
  end(text = ''): this {
    this.text = text;
    return this;
  }
}

/** Routes whose provider knows one interaction, and whose SAML provider answers as given. */
function setUp(answer: Partial<SamlSubject> | Error = {}) {
  const world = { nowMs, interaction: 'mine' as string | Error, finished: [] as unknown[], refusals: [] as string[] };
  const store = openBridgeStore(temporaryFolder(), () => world.nowMs);
  onTestFinished(() => store.close());
  const provider = {
    interactionDetails: async () => {
      if (world.interaction instanceof Error) throw world.interaction;
      return { uid: world.interaction, prompt: { name: 'login', reasons: [] }, params: {} };
    },
    interactionFinished: async (_request: unknown, _response: unknown, result: unknown) => {
      world.finished.push(result);
    },
  };
  const parts = {
    provider: () => provider,
    sp: () => ({ config }),
    idp: () => ({}),
    store,
    reader: {
      response: async () => {
        if (answer instanceof Error) throw answer;
        return { ...subject, ...answer };
      },
    },
    basePath: '/saml',
    now: () => world.nowMs,
    onRefused: (error: AccessError) => world.refusals.push(error.message),
  } as unknown as SignInParts;
  const routes = createSignInRoutes(parts);
  const request = {} as IncomingMessage;
  const begin = (more: object = {}, id = 'state'): void =>
    void store.put(
      'SamlRequest',
      id,
      { uid: 'mine', requestId: '_r', forced: false, createdAtMs: nowMs, ...more },
      nowMs + 600_000,
    );
  const consume = async (form: string = 'SAMLResponse=PGEvPg==&RelayState=state'): Promise<Answer> => {
    const response = new Answer();
    await routes.consume(request, response as unknown as ServerResponse, new URLSearchParams(form));
    return response;
  };
  const finish = (ticket: string, uid = 'mine'): Promise<void> =>
    routes.finish(request, new Answer() as unknown as ServerResponse, uid, ticket);
  return { begin, consume, finish, store, world };
}

const ticketOf = ({ headers }: Answer): string =>
  new URL(String(headers['Location']), 'https://relay.example').searchParams.get('ticket') ?? '';

describe('an answer', () => {
  it.each<[form: string, why: RegExp]>([
    ['RelayState=state', /no single SAMLResponse/u],
    ['SAMLResponse=a&SAMLResponse=b&RelayState=state', /no single SAMLResponse/u],
    ['SAMLResponse=a', /belongs to no sign-in/u],
    ['SAMLResponse=a&RelayState=other', /belongs to no sign-in/u],
    ['SAMLResponse=a&RelayState=state&RelayState=state', /belongs to no sign-in/u],
  ])('%s is refused before it is read', async (form, why) => {
    const { begin, consume, world } = setUp();
    begin();
    await expect(consume(form)).rejects.toThrow(why);
    expect(world.refusals).toEqual([]);
    expect((await consume()).status).toBe(303);
  });

  it('counts once', async () => {
    const { begin, consume } = setUp();
    begin();
    await consume();
    await expect(consume()).rejects.toThrow(/comes a second time/);
  });

  it.each<[what: string, answer: Partial<SamlSubject> | Error, forced: boolean, why: string | null]>([
    ['refused', samlRefusal('It’s “bad”\n—'), false, "It's 'bad'??"],
    ['refused at length', samlRefusal('x'.repeat(2000)), false, 'x'.repeat(1000)],
    [
      'of a password given too long ago',
      { authenticatedAtMs: nowMs - 60_001 },
      true,
      "The sign-in service was to ask the person to sign in again, and didn't.",
    ],
    ['of a password given within the leeway', { authenticatedAtMs: nowMs - 60_000 }, true, null],
    ['of a password given long ago that will do', { authenticatedAtMs: nowMs - 9_000_000 }, false, null],
  ])('that is %s goes back to the app as it is', async (_what, answer, forced, why) => {
    const { begin, consume, finish, world } = setUp(answer);
    begin({ forced });
    await finish(ticketOf(await consume()));
    expect(world.refusals).toHaveLength(why === null ? 0 : 1);
    if (why === null) expect(world.finished).toMatchObject([{ login: { accountId: 'alice' } }]);
    else expect(world.finished).toEqual([{ error: 'access_denied', error_description: why }]);
  });

  it('whose assertion was used already is refused', async () => {
    const { begin, consume, finish, world } = setUp();
    begin();
    await consume();
    begin();
    await finish(ticketOf(await consume()));
    expect(world.refusals).toEqual(['The assertion was used already.']);
    expect(world.finished).toMatchObject([{ error: 'access_denied' }]);
  });

  it('that couldn’t be looked at isn’t recorded as refused, and a fault isn’t swallowed', async () => {
    const busy = setUp(new AccessError('overloaded', 'Busy.'));
    busy.begin();
    await busy.finish(ticketOf(await busy.consume()));
    expect(busy.world.refusals).toEqual([]);
    expect(busy.world.finished).toEqual([{ error: 'access_denied', error_description: 'Busy.' }]);
    const broken = setUp(new TypeError('a fault'));
    broken.begin();
    await expect(broken.consume()).rejects.toThrow('a fault');
  });

  it('becomes a ticket that no page learns of', async () => {
    const { begin, consume } = setUp();
    begin();
    const { status, headers, text } = await consume();
    expect([status, text]).toEqual([303, '']);
    expect(headers).toEqual({
      Location: expect.stringMatching(/^\/saml\/interaction\/mine\/done\?ticket=[\w-]{43}$/u),
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'Content-Length': '0',
    });
  });
});

describe('a ticket', () => {
  it.each<[what: string, change: (world: ReturnType<typeof setUp>['world']) => void, uid: string, why: RegExp]>([
    [
      'in a browser without the interaction',
      (world) => (world.interaction = new Error('no cookie')),
      'mine',
      /too old, or was opened in another browser/,
    ],
    [
      'in a browser with another interaction',
      (world) => (world.interaction = 'theirs'),
      'mine',
      /belongs to another sign-in/,
    ],
    [
      'of another interaction',
      (world) => (world.interaction = 'theirs'),
      'theirs',
      /belongs to another sign-in, or was used already/,
    ],
    ['that is too old', (world) => (world.nowMs += 120_000), 'mine', /or was used already/],
  ])('%s signs nobody in', async (_what, change, uid, why) => {
    const { begin, consume, finish, world } = setUp();
    begin();
    const ticket = ticketOf(await consume());
    change(world);
    await expect(finish(ticket, uid)).rejects.toThrow(why);
    expect(world.finished).toEqual([]);
  });

  it('signs in once, with what the assertion says', async () => {
    const { begin, consume, finish, store, world } = setUp({ authnContext: 'mfa', sessionIndex: 's-1' });
    begin();
    const ticket = ticketOf(await consume());
    world.nowMs += 119_999;
    await finish(ticket);
    await expect(finish(ticket)).rejects.toThrow(/was used already/);
    const login = { accountId: 'alice', ts: Math.floor((nowMs - 5500) / 1000), acr: 'mfa' };
    expect(world.finished).toEqual([{ login, saml: { nameId: 'alice', sessionIndex: 's-1' } }]);
    expect(store.get('SamlAccount', 'alice')).toEqual({ claims: { preferred_username: 'al' } });
  });

  it('of a provider whose clock is ahead says now', async () => {
    const { begin, consume, finish, world } = setUp({ authenticatedAtMs: nowMs + 50_000 });
    begin();
    await finish(ticketOf(await consume()));
    expect(world.finished).toEqual([{ login: { accountId: 'alice', ts: nowMs / 1000 }, saml: { nameId: 'alice' } }]);
  });
});

it.each<[error: Error, unavailable: boolean, status: number]>([
  [new AccessError('overloaded', 'x'), true, 503],
  [new AccessError('shared-state-unavailable', 'x'), true, 503],
  [new AccessError('idp-unreachable', 'x'), false, 503],
  [new AccessError('token-rejected', 'x'), false, 400],
])('%s is unavailable: %s, and shown with %i', (error, unavailable, status) => {
  const response = new Answer();
  const request = { headers: {} } as IncomingMessage;
  sendRefusal(request, response as unknown as ServerResponse, error as AccessError);
  expect([isUnavailable(error), response.status]).toEqual([unavailable, status]);
  expect(response.text).toContain('This sign-in can’t go on');
});
