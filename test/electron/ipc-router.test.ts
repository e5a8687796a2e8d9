import { describe, expect, test } from 'vitest';
import { type RequestHandlers, createIpcRouter, requestChannels } from '../../electron/ipc-router.ts';
import type { SenderFrame } from '../../electron/trusted-sender.ts';
import { AccessError } from '../../shared/errors.ts';

const own: SenderFrame = { url: 'app://causeway/index.html', parent: null, isDestroyed: () => false };

/** A router whose handlers only note that they ran. */
function listen() {
  const ran: unknown[] = [];
  const refused: string[] = [];
  const handlers = Object.fromEntries(
    requestChannels.map((channel) => [channel, (...args: unknown[]) => void ran.push([channel, ...args])]),
  ) as unknown as RequestHandlers;
  const route = createIpcRouter({ handlers, now: () => 0, didRefuse: ({ reason }) => void refused.push(reason) });
  return { ran, refused, route };
}

describe('requests from pages', () => {
  test.each([
    ['a frame that has gone', null],
    ['a destroyed frame', { ...own, isDestroyed: () => true }],
    ['a frame within the app’s page', { ...own, parent: {} }],
    ['another host of the scheme', { ...own, url: 'app://host.evil/index.html' }],
    ['a host that begins alike', { ...own, url: 'app://causeway.evil/index.html' }],
    ['a port', { ...own, url: 'app://causeway:8080/index.html' }],
    ['a user in the address', { ...own, url: 'app://causeway@evil/index.html' }],
    ['a web page', { ...own, url: 'https://example.com/' }],
    ['a web page that names the app', { ...own, url: 'https://example.com/app://causeway/' }],
    ['a file', { ...own, url: 'file:///tmp/index.html' }],
    ['an empty page', { ...own, url: 'about:blank' }],
    ['no address', { ...own, url: '' }],
  ])('%s is refused before anything is read', async (_name, frame) => {
    const { ran, refused, route } = listen();
    const answer = await route(frame, 'state:get', []);
    expect(answer).toMatchObject({ ok: false, problem: { code: 'bad-input' } });
    expect(ran).toEqual([]);
    expect(refused).toHaveLength(1);
  });

  test.each(['state:set', 'shell:open', '', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'the unlisted channel %j is refused',
    async (channel) => {
      const { ran, route } = listen();
      expect(await route(own, channel, [])).toMatchObject({ ok: false, problem: { code: 'bad-input' } });
      expect(ran).toEqual([]);
    },
  );

  test.each([
    ['no argument', 'sign-in:start', []],
    ['too many arguments', 'state:get', [1]],
    ['a wrong type', 'sign-in:start', [{ relayUrl: 7 }]],
    ['an empty address', 'sign-in:start', [{ relayUrl: '' }]],
    ['an API that is no label', 'api:connect', [{ profileId: 'p', api: '../orders' }]],
    ['a system port', 'api:set-port', [{ profileId: 'p', api: 'orders', port: 22 }]],
    ['a port that isn’t whole', 'api:set-port', [{ profileId: 'p', api: 'orders', port: 7101.5 }]],
    ['a view that isn’t yes or no', 'state:watch', [{ visible: 1, activity: true }]],
    ['half a view', 'state:watch', [{ visible: true }]],
    ['a request that is no id', 'requests:withdraw', [{ profileId: 'p', id: '../approve' }]],
    ['an empty request id', 'requests:decide', [{ profileId: 'p', id: '', verdict: 'approve', note: '' }]],
    ['an unknown verdict', 'requests:decide', [{ profileId: 'p', id: 'a', verdict: 'revoke', note: '' }]],
    ['a verdict without a note', 'requests:decide', [{ profileId: 'p', id: 'a', verdict: 'refuse' }]],
    ['a grant for no time', 'requests:decide', [{ profileId: 'p', id: 'a', verdict: 'approve', note: '', hours: 0 }]],
    ['a grant for ever', 'requests:decide', [{ profileId: 'p', id: 'a', verdict: 'approve', note: '', hours: 1e9 }]],
    ['a long note', 'requests:decide', [{ profileId: 'p', id: 'a', verdict: 'end', note: 'x'.repeat(1001) }]],
    ['too many notices', 'notices:read', [{ ids: Array.from({ length: 101 }, () => 'a') }]],
    ['notices of another kind', 'notices:read', [{ ids: 'some' }]],
    ['an argument to clearing', 'notices:clear', [{}]],
    ['an unknown theme', 'settings:set', [{ theme: 'javascript' }]],
    ['null', 'settings:set', [null]],
    ['an array', 'settings:set', [[]]],
    ['10 MB of text', 'clipboard:write', [{ text: 'x'.repeat(10_000_000) }]],
    ['10 MB of CSV', 'activity:export', [{ csv: 'x'.repeat(10_000_000) }]],
    ['10 MB where nothing belongs', 'state:get', ['x'.repeat(10_000_000)]],
    ['10 MB in an unknown key', 'settings:set', [{ junk: 'x'.repeat(10_000_000) }]],
    ['10 MB of bytes', 'settings:set', [{ junk: new Uint8Array(10_000_000) }]],
    ['a million items', 'settings:set', [{ junk: Array.from({ length: 1_000_000 }, () => 0) }]],
  ])('%s is refused', async (_name, channel, args) => {
    const { ran, route } = listen();
    const answer = await route(own, channel, args);
    expect(answer).toMatchObject({ ok: false, problem: { code: 'bad-input' } });
    expect(JSON.stringify(answer).length).toBeLessThan(1_000);
    expect(ran).toEqual([]);
  });

  test('arguments that try to change prototypes change nothing and reach no handler', async () => {
    const { ran, route } = listen();
    const poisoned: unknown = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    );
    await route(own, 'settings:set', [poisoned]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(JSON.stringify(ran)).not.toContain('polluted');
  });

  test('a good request reaches its handler with only what the schema names', async () => {
    const { ran, route } = listen();
    const answer = await route(own, 'sign-in:start', [{ relayUrl: 'https://relay.example.com', extra: 1 }]);
    expect(answer).toEqual({ ok: true, value: null });
    expect(ran).toEqual([['sign-in:start', { relayUrl: 'https://relay.example.com' }]]);
  });

  test.each([
    { theme: 'dark' },
    { language: 'de' },
    { keepRunningWhenClosed: false },
    { startAtLogin: true },
    { notifications: false },
    { gatewayPort: 7200 },
    { otherPrograms: 'refuse' },
    { toldAboutClosing: true },
  ] as const)('a change of one setting, %j, is a change of no other', async (change) => {
    const { ran, route } = listen();
    await route(own, 'settings:set', [change]);
    expect(ran).toEqual([['settings:set', change]]);
  });

  test('a failure comes back as a problem with its code, never as an exception', async () => {
    const { route } = (() => {
      const handlers = {
        'state:get': () => {
          throw new AccessError('port-taken', 'Port 7101 is used by another program.');
        },
      } as unknown as RequestHandlers;
      return { route: createIpcRouter({ handlers, now: () => 5, didRefuse: () => {} }) };
    })();
    expect(await route(own, 'state:get', [])).toMatchObject({
      ok: false,
      problem: { code: 'port-taken', detail: 'Port 7101 is used by another program.', atMs: 5 },
    });
  });
});
