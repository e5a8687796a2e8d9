import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type DemoWorld, type DemoWorldOptions, startDemoWorld } from '../support/demo-world.ts';
import type { RecordedCall } from '../support/electron-stand-in/control.ts';
import { type LaunchAppOptions, type LaunchedApp, launchApp } from '../support/launch-app.ts';
import { signInWithBrowser } from '../support/sign-in-with-browser.ts';

/** The demo company and one employee's computer. */
export interface AppWorld {
  readonly world: DemoWorld;
  readonly userDataDir: string;
  /** Starts the app on this computer; the same profile each time. Closed with the world, if not before. */
  launch(options?: Partial<LaunchAppOptions>): Promise<LaunchedApp>;
  /** The app that was started last, started anew if it has ended. */
  running(): Promise<LaunchedApp>;
  /** Script errors, and what the content policy blocked, in the windows of all apps so far. */
  complaints(): readonly RecordedCall[];
  close(): Promise<void>;
}

/** Ports for each process of specs that run together. */
const portsEach = 3000;
const firstPort = 20_000 + ((Number(process.env['VITEST_POOL_ID'] ?? 1) - 1) % 4) * portsEach;

/**
 * A free port below those that systems give to outgoing connections, at random: it is still free when it is wanted
 * again later, also while other apps run on this computer.
 */
async function quietPort(): Promise<number> {
  for (;;) {
    const port = firstPort + randomInt(portsEach);
    const server = createServer();
    const bound = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!bound) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** A profile folder of its own, whose shared listener has a free port. */
export async function makeProfileFolder(settings: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), 'causeway-app-')), 'profile');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const state = { settings: { gatewayPort: await quietPort(), ...settings } };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ state }));
  return folder;
}

/** Starts the demo world and prepares a profile folder. */
export async function startAppWorld(options: DemoWorldOptions = {}): Promise<AppWorld> {
  const ports = await Promise.all(Array.from({ length: 8 }, quietPort));
  const { configure = (config) => config } = options;
  const world = await startDemoWorld({
    ...options,
    configure: (config) =>
      configure({
        ...config,
        apis: config.apis.map((api, index) => ({
          ...api,
          ...(ports[index] === undefined ? {} : { port: ports[index] }),
        })),
      }),
  });
  const userDataDir = await makeProfileFolder();
  const apps: LaunchedApp[] = [];
  const launch = async (more: Partial<LaunchAppOptions> = {}): Promise<LaunchedApp> => {
    const app = await launchApp({ userDataDir, ...more, env: { CAUSEWAY_CA_FILE: world.caPath, ...more.env } });
    apps.push(app);
    return app;
  };
  return {
    world,
    userDataDir,
    launch,
    running: async () => {
      const last = apps.at(-1);
      return last?.isRunning() === true ? last : launch();
    },
    complaints: () =>
      apps.flatMap(({ main }) => main.calls.filter(({ name }) => name === 'page.error' || name === 'page.console')),
    close: async () => {
      for (const app of apps) await app.close();
      await world.close();
      removeFolder(join(userDataDir, '..'));
    },
  };
}

/** Removes a folder in which a browser that has just ended may still have had something to do. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/** Address of the sign-in page that the app opens next; a sign-out's page, which may still be coming, is none. */
export function nextSignInPage(app: LaunchedApp): Promise<string> {
  const opening = app.main.nextCall('shell.openExternal', ({ args }) => {
    const { searchParams } = new URL(String(args[0]));
    return searchParams.has('response_type') || searchParams.has('request_uri');
  });
  const page = opening.then(({ args }) => String(args[0]));
  // Awaited later, or not at all when what should lead to it fails first.
  page.catch(() => undefined);
  return page;
}

/** Makes sure that somebody is signed in and the list of APIs shows, whatever the test before has left. */
export async function ensureSignedIn(app: LaunchedApp, relayUrl: string, user: string): Promise<void> {
  const { page } = app;
  const screens = page.getByRole('navigation', { name: 'Screens' });
  const address = page.getByLabel('Relay address');
  const cancel = page.getByRole('main').getByRole('button', { name: 'Cancel' });
  await screens.or(address).or(cancel).first().waitFor();
  if (await cancel.isVisible()) await cancel.click();
  await screens.or(address).first().waitFor();
  if (!(await screens.isVisible())) await signIn(app, relayUrl, user);
  // Leads to the list also from an API's page, which it closes.
  await page.getByRole('link', { name: 'APIs' }).click();
  await page.getByRole('heading', { name: 'APIs', level: 1 }).waitFor();
}

/** Signs in as a person does: relay's address in the window, then the provider's page in a browser. */
export async function signIn(app: LaunchedApp, relayUrl: string, user: string): Promise<void> {
  const { page } = app;
  const opening = nextSignInPage(app);
  await page.getByLabel('Relay address').fill(relayUrl);
  await page.getByRole('button', { name: 'Continue in your browser' }).click();
  const end = await signInWithBrowser(await opening, { user });
  expect(end.text).toContain('You’re signed in');
  await page.getByRole('navigation', { name: 'Screens' }).waitFor();
}

/** Connects an API by its switch, unless it is connected, and gives its own local address. */
export async function connectApi(app: LaunchedApp, name: string): Promise<string> {
  const toggle = app.page.getByRole('switch', { name: `Connect ${name}` }).first();
  if (!(await toggle.isChecked())) await toggle.click();
  return addressOf(app, name);
}

/** The local address of an API once it is connected and the tunnel is open, from the state that the window has. */
export async function addressOf(app: LaunchedApp, name: string): Promise<string> {
  return app.page.evaluate(
    (apiName) =>
      new Promise<string>((resolve, reject) => {
        const { causeway } = window as unknown as { causeway: BridgeLike };
        let seen = '';
        setTimeout(() => reject(new Error(`${apiName} has no address after 60 s: ${seen}`)), 60_000);
        const look = (state: StateLike): void => {
          seen = JSON.stringify(state.profiles.map(({ connections, tunnel }) => ({ connections, tunnel })));
          for (const { catalog, connections, tunnel } of state.profiles) {
            const api = catalog.catalog?.apis.find((each) => each.name === apiName);
            const connection = api === undefined ? undefined : connections[api.id];
            if (connection?.status === 'on' && tunnel.status === 'open') resolve(connection.address);
          }
        };
        const read = () => void causeway.request('state:get').then(({ value }) => look(value.snapshot));
        causeway.subscribe('state:did-change', read);
        read();
      }),
    name,
  );
}

interface BridgeLike {
  request(channel: 'state:get'): Promise<{ readonly value: { readonly snapshot: StateLike } }>;
  subscribe(channel: 'state:did-change', listener: () => void): void;
}

interface StateLike {
  readonly profiles: readonly {
    readonly tunnel: { readonly status: string };
    readonly catalog: {
      readonly catalog?: { readonly apis: readonly { readonly id: string; readonly name: string }[] };
    };
    readonly connections: Readonly<Record<string, { readonly status: string; readonly address: string } | undefined>>;
  }[];
}

/**
 * Every file below a profile folder, or the browser’s part of it, whose bytes contain the text. A browser that runs, or was
 * just killed, still replaces its files: a file or folder that is gone between listing and reading holds nothing.
 */
export function filesContaining(folder: string, text: string | RegExp): readonly string[] {
  return (unlessGone(() => readdirSync(folder, { withFileTypes: true })) ?? []).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesContaining(path, text);
    const bytes = entry.isFile() ? unlessGone(() => readFileSync(path)) : null;
    return bytes !== null && holds(bytes, text) ? [path] : [];
  });
}

function holds(bytes: Buffer, text: string | RegExp): boolean {
  return typeof text === 'string' ? bytes.includes(text) : text.test(bytes.toString('latin1'));
}

function unlessGone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
