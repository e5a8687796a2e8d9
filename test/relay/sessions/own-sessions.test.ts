import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CommandContext } from '../../../client/cli/command-context.ts';
import { sessions as sessionsCommand } from '../../../client/cli/sessions.ts';
import { listSessions } from '../../../relay/administration/sessions.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { shownDeviceId } from '../../../relay/sessions/session-identity.ts';
import type { OwnSession } from '../../../shared/own-session.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type HeadlessClient, startHeadlessClient } from '../../support/start-headless-client.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';

const patient = { timeout: 10_000, interval: 50 };
let echo: EchoUpstream;
let world: PipelineWorld;
let other: HeadlessClient;
let otherProfile: string;
let bob: HeadlessClient;
let bobProfile: string;
let bobToken: string;
let aliceToken: string;

async function signedIn(user: string): Promise<[HeadlessClient, string]> {
  const client = await startHeadlessClient({
    ca: [],
    openBrowser: async (url) => void (await signInWithoutBrowser(url, { user })),
  });
  const { id } = await client.signIn(world.relayUrl);
  await client.connect(id, 'orders');
  return [client, id];
}

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({ apis: [{ id: 'orders', name: 'Orders', upstream: echo.url }] });
  [other, otherProfile] = await signedIn('alice');
  [bob, bobProfile] = await signedIn('bob');
  bobToken = await world.idp.mintAccessToken({ user: 'bob' });
  aliceToken = await world.idp.mintAccessToken({ user: 'alice' });
});
afterAll(async () => {
  for (const client of [other, bob]) await client?.close();
  await world?.close();
  await echo?.close();
});

const ask = (method: string, path: string, token?: string): Promise<Response> =>
  fetch(`${world.relayUrl}${path}`, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
const rename = (id: string, body: unknown, token: string): Promise<Response> =>
  fetch(`${world.relayUrl}/v1/sessions/${id}/name`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const headless = {
  id: expect.stringMatching(/^d[\w-]{15}$/) as string,
  name: 'headless',
  system: expect.any(String) as string,
  appVersion: expect.any(String) as string,
};
/** What the audit says of names of alice’s devices, in order. */
const renamed = (): readonly string[] =>
  queryAudit(world.dataDir, { limit: 1000 })
    .toReversed()
    .flatMap(({ record }) =>
      record.type === 'session' && record.event === 'renamed' && record.caller.username === 'alice'
        ? [record.detail]
        : [],
    );
const alices = (): Promise<readonly OwnSession[]> => world.client.core.sessions(world.profileId);
const context = (texts: string[]): CommandContext =>
  ({
    // It has started already.
    core: { ...world.client.core, start: () => Promise.resolve() },
    interrupted: new AbortController().signal,
    options: {},
    terminal: { json: false, result: (_object: object, text: string) => void texts.push(text), note: () => undefined },
  }) as unknown as CommandContext;

describe('a person’s own sessions', () => {
  it('are two on two devices, of which one asks, and none of another person’s', async () => {
    await vi.waitFor(async () => expect(await alices()).toHaveLength(2), patient);
    expect((await alices()).filter(({ current }) => current)).toHaveLength(1);
    const bobs = await bob.core.sessions(bobProfile);
    expect(bobs).toMatchObject([{ current: true, device: { name: 'headless' }, openTunnels: 1 }]);
    expect((await alices()).map(({ id }) => id)).not.toContain(bobs[0]?.id);
  });

  it('say which device each is on, by a name that says nothing of the one that its client keeps', async () => {
    const listed = await listSessions(
      { dataDir: world.dataDir },
      { apis: [], filter: { person: 'alice' }, all: false },
      Date.now(),
    );
    const kept = listed.map(({ device }) => device.id ?? '');
    const told = (await alices()).map(({ device }) => device.id ?? '');
    expect([new Set(kept).size, new Set(told).size]).toEqual([2, 2]);
    for (const id of kept) {
      expect(id).toMatch(/^[\w-]{16}$/);
      expect(JSON.stringify(await alices())).not.toContain(id);
    }
    // The same at each sign-in on the device, and another for another person.
    const alice = { issuer: world.idp.issuer, subject: 'alice' };
    expect(new Set(told)).toEqual(new Set(kept.map((id) => shownDeviceId(alice, { id }))));
    expect(shownDeviceId({ ...alice, subject: 'bob' }, { id: kept[0] })).not.toBe(
      shownDeviceId(alice, { id: kept[0] }),
    );
    expect(shownDeviceId(alice, {})).toBeUndefined();
  });

  it.each<[string, string, (id: string) => string, (() => string) | null, number, string]>([
    ['nobody', 'GET', () => '', null, 401, 'token-rejected'],
    ['nobody’s end of one', 'DELETE', (id) => `/${id}`, null, 401, 'token-rejected'],
    ['another person’s', 'DELETE', (id) => `/${id}`, () => bobToken, 400, 'bad-input'],
    ['one that there isn’t', 'DELETE', () => '/s000000000000000', () => bobToken, 400, 'bad-input'],
    ['all others, by a token that doesn’t say which is its own', 'DELETE', () => '', () => bobToken, 400, 'bad-input'],
    ['another method', 'POST', () => '', () => bobToken, 405, 'method-not-supported'],
  ])('refuse %s', async (_what, method, path, token, status, code) => {
    const [first] = await alices();
    const answer = await ask(method, `/v1/sessions${path(first?.id ?? '')}`, token?.());
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
    expect(await alices()).toHaveLength(2);
    expect(await bob.core.sessions(bobProfile)).toHaveLength(1);
  });

  it.each<[string, Parameters<typeof sessionsCommand> extends [unknown, ...infer Rest] ? Rest : never]>([
    ['an action that there isn’t', ['stop', undefined, undefined, {}]],
    ['an end of nothing', ['end', undefined, undefined, {}]],
    ['an end of one and of all others', ['end', 's1', undefined, { others: true }]],
    ['others without an end', [undefined, undefined, undefined, { others: true }]],
    ['an end with a name', ['end', 's1', 'Büro', {}]],
    ['a name for nothing', ['rename', undefined, undefined, {}]],
    ['no name', ['rename', 's1', undefined, {}]],
    ['a name for all others', ['rename', 's1', 'Büro', { others: true }]],
    ['a name that turns the text around', ['rename', 's1', 'a\u202eb', {}]],
    ['a name that is too long', ['rename', 's1', 'x'.repeat(101), {}]],
  ])('the command refuses %s', async (_what, words) => {
    await expect(sessionsCommand(context([]), ...words)).rejects.toMatchObject({ code: 'bad-input' });
    expect(await alices()).toHaveLength(2);
  });

  it.each<[string, () => string, unknown]>([
    ['of another person’s', () => bobToken, { name: 'Mine' }],
    ['that is no text', () => aliceToken, { name: 7 }],
    ['that isn’t there', () => aliceToken, {}],
    ['with more than the name', () => aliceToken, { name: 'x', id: 's' }],
    ['that is too long', () => aliceToken, { name: 'x'.repeat(101) }],
    ['that breaks the line', () => aliceToken, { name: 'a\nb' }],
    ['that turns the text around', () => aliceToken, { name: 'a\u202eb' }],
    ['that is half a character', () => aliceToken, { name: 'a\ud83d' }],
  ])('refuse a name %s', async (_what, token, body) => {
    const [first] = await alices();
    const answer = await rename(first?.id ?? '', body, token());
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'bad-input']);
    expect((await alices()).map(({ device }) => device)).toEqual([headless, headless]);
    expect(renamed()).toEqual([]);
  });

  it('another person’s and one that there isn’t are refused a name alike', async () => {
    const [first] = await alices();
    const details = await Promise.all(
      [first?.id ?? '', 'sNobodysNobodys'].map(async (id) =>
        ((await (await rename(id, { name: 'x' }, bobToken)).json()) as { detail: string }).detail.replace(id, 'ID'),
      ),
    );
    expect(details[0]).toBe(details[1]);
  });

  it('of one person get so many names in an hour, and no more; another person isn’t kept from it', async () => {
    const [session] = await bob.core.sessions(bobProfile);
    const id = session?.id ?? '';
    const statuses: number[] = [];
    for (let turn = 0; turn < 20; turn += 1) statuses.push((await rename(id, { name: `pc ${turn}` }, bobToken)).status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    const refused = await rename(id, { name: 'pc 20' }, bobToken);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      code: 'rate-limited',
      reasons: [{ code: 'renamed-too-often', values: { most: 20 } }],
    });
    // The same name again is no change.
    expect((await rename(id, { name: 'pc 19' }, bobToken)).status).toBe(200);
    expect((await bob.core.sessions(bobProfile)).map(({ device }) => device.name)).toEqual(['pc 19']);
  });

  it('have the name that the person chose until it is taken back', async () => {
    const texts: string[] = [];
    const id = (await alices()).find(({ current }) => !current)?.id ?? '';
    const device = async () => (await alices()).find((session) => session.id === id)?.device;
    const inRelay = async () =>
      (await listSessions({ dataDir: world.dataDir }, { apis: [], filter: { session: id }, all: true }, Date.now()))[0];
    await sessionsCommand(context(texts), 'rename', id, '  Büro ', {});
    expect(texts).toEqual([`${id} is “Büro” now.`]);
    expect(await device()).toEqual({ ...headless, name: 'Büro', ownName: 'headless' });
    expect(await inRelay()).toMatchObject({ chosenName: 'Büro', device: { name: 'headless' } });

    await sessionsCommand(context(texts), undefined, undefined, undefined, {});
    expect(texts[1]).toContain('Büro (headless)');

    await sessionsCommand(context(texts), 'rename', id, 'Büro', {});
    await sessionsCommand(context(texts), 'rename', id, '', {});
    expect(texts.slice(2)).toEqual([`${id} is “Büro” now.`, `${id} is “headless” now.`]);
    expect(await device()).toEqual(headless);
    expect(await inRelay()).toMatchObject({ chosenName: null });
    await vi.waitFor(
      () =>
        expect(renamed()).toEqual([
          `the device of the session ${id} was “headless” and is “Büro”`,
          `the device of the session ${id} was “Büro” and is “headless”, as its client calls it`,
        ]),
      patient,
    );
  });

  it('end from another device, which is told why; this one goes on', async () => {
    const texts: string[] = [];
    await sessionsCommand(context(texts), undefined, undefined, undefined, {});
    expect(texts[0]).toContain('(this one)');
    await sessionsCommand(context(texts), 'end', undefined, undefined, { others: true });
    expect(texts[1]).toMatch(/^Ended: s[\w-]{15}\.$/);
    const problem = await other.waitFor('the end', (snapshot) => {
      const signIn = snapshot.profiles.find(({ id }) => id === otherProfile)?.signIn;
      return signIn !== undefined && 'problem' in signIn ? (signIn.problem ?? null) : null;
    });
    expect(problem).toMatchObject({
      code: 'session-revoked',
      atMs: expect.any(Number) as number,
      detail: expect.stringContaining(
        'You have ended this session from your device “headless”. If that wasn’t you, tell IT.',
      ),
    });
    expect(await alices()).toMatchObject([{ current: true }]);
    expect((await fetch(`http://127.0.0.1:${world.port('orders')}/x`)).status).toBe(200);
    await vi.waitFor(() => {
      const acts = queryAudit(world.dataDir, { limit: 100 }).filter(({ record }) => record.type === 'lock');
      expect(acts).toMatchObject([{ record: { event: 'session-ended', operator: 'alice' } }]);
    }, patient);
    await sessionsCommand(context(texts), 'end', undefined, undefined, { others: true });
    expect(texts[2]).toBe('You have no other session.');
  });
});
