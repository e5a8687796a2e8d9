import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildApp } from '../../build/build-app.ts';
import { fuses } from '../../build/fuses.ts';
import { verifyBundles } from '../../build/verify-bundles.ts';
import { type LaunchedApp, launchApp } from '../support/launch-app.ts';
import { makeProfileFolder, removeFolder } from './app-world.ts';

/** Electron's security checklist, item by item: https://www.electronjs.org/docs/latest/tutorial/security */
describe('Electron’s security checklist, on the running app', () => {
  let app: LaunchedApp;
  let userDataDir: string;
  let preferences: Record<string, unknown> | null = null;

  beforeAll(async () => {
    userDataDir = await makeProfileFolder();
    app = await launchApp({ userDataDir });
    if (app.kind === 'stand-in') {
      const window = await app.main.waitForCall('BrowserWindow');
      preferences = (window.args[0] as { webPreferences: Record<string, unknown> }).webPreferences;
    }
    await app.page.getByLabel('Relay address').waitFor();
  });
  afterAll(async () => {
    await app.close();
    removeFolder(join(userDataDir, '..'));
  });
  const check = (name: string, value: boolean): void => {
    if (preferences !== null) expect(preferences[name]).toBe(value);
  };
  const inPage = (expression: string): Promise<unknown> => app.page.evaluate(expression);

  test('1. only secure content is loaded: the page and all its parts come from the app itself', async () => {
    const loaded = (await inPage(
      'performance.getEntriesByType("resource").map((entry) => new URL(entry.name).origin)',
    )) as string[] | undefined;
    const own = new URL(app.page.url()).origin;
    expect(loaded?.every((origin) => origin === own || origin === 'null')).toBe(true);
  });

  test('2. pages have no Node', async () => {
    check('nodeIntegration', false);
    expect(await inPage('[typeof require, typeof process, typeof module, typeof Buffer]')).toEqual(
      Array.from({ length: 4 }, () => 'undefined'),
    );
  });

  test('3. context isolation is on', () => check('contextIsolation', true));

  test('4. the sandbox is on, for the window and for the whole app', () => {
    check('sandbox', true);
    if (preferences !== null) expect(app.main.calls.some(({ name }) => name === 'app.enableSandbox')).toBe(true);
  });

  test.runIf(process.env['CAUSEWAY_ELECTRON'] !== 'required')(
    '5. every permission is denied, asked or checked',
    async () => {
      for (const permission of [
        'media',
        'geolocation',
        'notifications',
        'clipboard-read',
        'openExternal',
        'usb',
        'fullscreen',
      ]) {
        expect(await app.main.trigger({ type: 'permission', permission })).toEqual({ granted: false, checked: false });
      }
    },
  );

  test('6. web security is on', () => check('webSecurity', true));

  test('7. a content policy from ‘none’ holds in the page', async () => {
    expect(await inPage('fetch("https://example.com/").then(() => "sent", () => "blocked")')).toBe('blocked');
    // In a timer, because the debugger's own evaluation is exempt from the policy.
    const evaluated = `new Promise((resolve) => setTimeout(() => {
      try { resolve(eval('"ran"')) } catch { resolve('blocked') }
    }))`;
    expect(await inPage(evaluated)).toBe('blocked');
    const framed = `new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true });
      const frame = document.createElement('iframe');
      frame.src = location.href;
      document.body.append(frame);
    })`;
    expect(await inPage(framed)).toBe('frame-src');
    await inPage('document.querySelector("iframe").remove()');
  });

  test('8. insecure content may not run', () => check('allowRunningInsecureContent', false));

  test('9. experimental features are off', () => check('experimentalFeatures', false));

  test('10. no Blink features are switched on', () => {
    if (preferences !== null) expect(preferences).not.toHaveProperty('enableBlinkFeatures');
  });

  test('11. and 12. there are no webviews', async () => {
    check('webviewTag', false);
    expect(await inPage('document.createElement("webview").constructor.name')).toBe('HTMLElement');
  });

  test('13. the page stays where it is', async () => {
    const before = app.page.url();
    await inPage('void (location.href = "https://example.com/")');
    await inPage('void (location.href = "file:///etc/passwd")');
    await inPage('void (location.href = "javascript:document.title = \'run\'")');
    expect(await inPage('window.causeway.request("state:get").then((answer) => answer.ok)')).toBe(true);
    expect(app.page.url()).toBe(before);
    expect(await app.page.title()).not.toBe('run');
  });

  test.runIf(process.env['CAUSEWAY_ELECTRON'] !== 'required')('14. the page opens no windows', async () => {
    const denied = app.main.waitForCall('webContents.windowOpen');
    await inPage('void window.open("https://example.com/", "_blank", "noopener")');
    expect((await denied).args[1]).toBe('deny');
    expect((await denied).args[0]).toBe('https://example.com/');
    expect(await inPage('window.open("javascript:document.title = 1") === null || document.title !== "1"')).toBe(true);
    await inPage('void window.open("about:blank")');
    await app.main.waitForCall('webContents.windowOpen', ({ args }) => args[1] === 'deny', 1);
    expect(app.main.calls.some(({ name, args }) => name === 'webContents.windowOpen' && args[1] !== 'deny')).toBe(
      false,
    );
  });

  test('15. the page can’t have an address of its own choice opened', async () => {
    const channels = Object.keys((await inPage('({ ...window.causeway })')) as object);
    expect(channels.toSorted()).toEqual(['platform', 'request', 'subscribe']);
    await expect(inPage('window.causeway.request("shell:open", { url: "https://example.com" })')).rejects.toThrow();
    expect(app.main.calls.some(({ name }) => name === 'shell.openExternal')).toBe(false);
  });

  test('16. the Electron that is packaged is the current major version of the lock file', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { devDependencies: Record<string, string> };
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { version: string }>;
    };
    expect(manifest.devDependencies['electron']).toMatch(/^\^\d+\./);
    expect(Number(lock.packages['node_modules/electron']?.version.split('.')[0])).toBeGreaterThanOrEqual(45);
  });

  test('17. messages of a page are checked by sender and by schema', async () => {
    expect(await inPage('window.causeway.request("sign-in:start", { relayUrl: 7 }).then((answer) => answer.ok)')).toBe(
      false,
    );
    expect(await inPage('typeof window.__electronInvoke')).toBe('undefined');
  });

  test('18. pages come over the app’s own scheme, never from files', () => {
    expect(app.page.url()).toMatch(app.kind === 'electron' ? /^app:\/\/causeway\// : /^https:\/\/app\.localhost\//);
    if (preferences !== null) {
      const declared = app.main.calls.find(({ name }) => name === 'protocol.registerSchemesAsPrivileged');
      expect(declared?.args[0]).toMatchObject([{ scheme: 'app', privileges: { standard: true, secure: true } }]);
    }
  });

  test('19. every fuse is set, and the archive that they tie the app to is whole', async () => {
    expect(fuses.strictlyRequireAllFuses).toBe(true);
    expect(Object.values(fuses).filter((value) => typeof value === 'boolean').length).toBeGreaterThanOrEqual(10);
    expect(await verifyBundles(await buildApp())).toEqual([]);
  });

  test('20. the bridge gives a page nothing of Electron: no event, no sender, nothing to replace', async () => {
    expect(
      await inPage(`new Promise((resolve) => {
        const stop = window.causeway.subscribe('state:did-change', (...args) => { stop(); resolve(args.length); });
        void window.causeway.request('settings:set', { notifications: false });
      })`),
    ).toBe(1);
    expect(
      await inPage('(() => { try { window.causeway.request = 1 } catch {} return typeof window.causeway.request })()'),
    ).toBe('function');
  });
});
