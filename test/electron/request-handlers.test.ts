import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRequestHandlers } from '../../electron/request-handlers.ts';
import type { ClientCore } from '../../client/core/client-core.ts';
import { accessKeyPlaceholder } from '../../shared/access-key.ts';
import { ipcRequestSchemas } from '../../shared/ipc.ts';
import { type Idp, startIdp } from '../support/idp/start-idp.ts';
import { type CoreFixture, coreFixture, profileWhere } from '../client/support/core-fixture.ts';
import { type SmallRelay, startSmallRelay } from '../client/support/small-relay.ts';

let idp: Idp;
let relay: SmallRelay;
let fixture: CoreFixture;
let core: ClientCore;
let profileId: string;
let clipboard: string[];

beforeEach(async () => {
  idp = await startIdp();
  relay = await startSmallRelay({ issuer: idp.issuer, clientId: idp.clientId });
  fixture = await coreFixture();
  core = fixture.make({ passive: true });
  await core.start();
  ({ profileId } = await core.signIn(relay.url));
  await profileWhere(core, (p) => p.catalog.status === 'ready');
  clipboard = [];
});

afterEach(async () => {
  await fixture.close();
  await Promise.all([relay.close(), idp.close()]);
});

function handlers() {
  return createRequestHandlers(core, {
    openExternal: async () => undefined,
    readState: () => ({ sequence: 0, snapshot: core.snapshot() }),
    watch: () => undefined,
    notices: { list: () => [], markRead: () => undefined, skip: () => undefined, clear: () => undefined },
    updates: {
      check: async () => undefined,
      download: async () => undefined,
      restart: async () => undefined,
      later: () => undefined,
    },
    commandLine: null,
    writeClipboard: async (text) => void clipboard.push(text),
    saveTextFile: async () => false,
  });
}

test('an access key goes to the clipboard and never to the window', async () => {
  const answers = [
    await handlers()['api:set-access-key']({ profileId, api: 'orders', wanted: true }),
    await handlers()['api:copy-access-key']({ profileId, api: 'orders' }),
    await handlers()['state:get'](),
  ];
  const [key = ''] = clipboard;
  expect(key).toMatch(/^[\w-]{32}$/);
  expect(answers.slice(0, 2)).toEqual([null, null]);
  expect(JSON.stringify(answers)).not.toContain(key);
});

test('a snippet is copied with the key in its place; one without the place never comes that far', async () => {
  await handlers()['api:set-access-key']({ profileId, api: 'orders', wanted: true });
  await handlers()['api:copy-access-key']({ profileId, api: 'orders' });
  const snippet = { profileId, api: 'orders', text: `curl -H 'X-Causeway-Key: ${accessKeyPlaceholder}' 'http://x'` };
  expect(await handlers()['api:copy-with-access-key'](snippet)).toBeNull();
  const [key = ''] = clipboard;
  expect(clipboard[1]).toBe(`curl -H 'X-Causeway-Key: ${key}' 'http://x'`);
  const { success } = ipcRequestSchemas['api:copy-with-access-key'].safeParse([{ ...snippet, text: 'curl' }]);
  expect(success).toBe(false);
});

test('there is no key to copy for an API that needs none', async () => {
  await expect(handlers()['api:copy-access-key']({ profileId, api: 'orders' })).rejects.toMatchObject({
    code: 'bad-input',
  });
  const snippet = { profileId, api: 'orders', text: accessKeyPlaceholder };
  await expect(handlers()['api:copy-with-access-key'](snippet)).rejects.toMatchObject({ code: 'bad-input' });
  expect(clipboard).toEqual([]);
});

test('a step-up that nothing asks for, and a choice that nobody offers, are refused', () => {
  expect(() => handlers()['sign-in:step-up']({ profileId })).toThrow('Nothing asks');
  const choice = { profileId, issuer: 'https://evil.example' };
  expect(() => handlers()['sign-in:choose-issuer'](choice)).toThrow('no sign-in under way');
});

test('a fresh sign-in for an API whose rules ask for none is refused', () => {
  expect(() => handlers()['sign-in:step-up']({ profileId, api: 'orders' })).toThrow('No rule of “orders” asks');
});

test('what the relay has no answer to is a problem for a request for access, and none for figures', async () => {
  const wish = { profileId, api: 'orders', role: 'admins', reason: 'Refund 4711' };
  await expect(handlers()['api:request-access'](wish)).rejects.toMatchObject({ code: expect.any(String) as string });
  expect(await handlers()['api:refresh-quotas']({ profileId, api: 'orders' })).toBeNull();
});

test('sessions that the relay doesn’t list are a problem, and so are an end and a name that it doesn’t know', async () => {
  await expect(handlers()['sessions:list']({ profileId })).rejects.toMatchObject({
    code: expect.any(String) as string,
  });
  await expect(handlers()['sessions:end']({ profileId, which: { id: 's1' } })).rejects.toMatchObject({
    code: expect.any(String) as string,
  });
  await expect(handlers()['sessions:rename']({ profileId, id: 's1', name: 'Office' })).rejects.toMatchObject({
    code: expect.any(String) as string,
  });
});
