import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type DemoWorld, type DemoWorldOptions, startDemoWorld } from '../support/demo-world.ts';
import { freePort } from '../support/free-port.ts';
import { type LaunchAppOptions, type LaunchedApp, launchApp } from '../support/launch-app.ts';
import { signInWithBrowser } from '../support/sign-in-with-browser.ts';

/** The demo company and one employee's computer. */
export interface AppWorld {
  readonly world: DemoWorld;
  readonly userDataDir: string;
  /** Starts the app on this computer; the same profile each time. */
  launch(options?: Partial<LaunchAppOptions>): Promise<LaunchedApp>;
  close(): Promise<void>;
}

/** A profile folder of its own, whose shared listener has a free port. */
export async function makeProfileFolder(settings: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), 'causeway-app-')), 'profile');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const state = { settings: { gatewayPort: await freePort(), ...settings } };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ state }));
  return folder;
}

/** Starts the demo world and prepares a profile folder. */
export async function startAppWorld(options: DemoWorldOptions = {}): Promise<AppWorld> {
  const world = await startDemoWorld(options);
  const userDataDir = await makeProfileFolder();
  return {
    world,
    userDataDir,
    launch: (more = {}) => launchApp({ userDataDir, ...more, env: { CAUSEWAY_CA_FILE: world.caPath, ...more.env } }),
    close: async () => {
      await world.close();
      rmSync(join(userDataDir, '..'), { recursive: true, force: true });
    },
  };
}

/** Signs in as a person does: relay's address in the window, then the provider's page in a browser. */
export async function signIn(app: LaunchedApp, relayUrl: string, user: string): Promise<void> {
  const { page, main } = app;
  const opened = main.calls.filter(({ name }) => name === 'shell.openExternal').length;
  await page.getByLabel('Relay address').fill(relayUrl);
  await page.getByRole('button', { name: 'Continue in your browser' }).click();
  const call = await main.waitForCall('shell.openExternal', () => true, opened);
  const end = await signInWithBrowser(String(call.args[0]), { user });
  expect(end.text).toContain('You’re signed in');
  await page.getByRole('navigation', { name: 'Screens' }).waitFor();
}

/** Connects an API by its switch and gives its own local address. */
export async function connectApi(app: LaunchedApp, name: string): Promise<string> {
  const toggle = app.page.getByRole('switch', { name: `Connect ${name}` }).first();
  await toggle.click();
  return addressOf(app, name);
}

/** The local address of an API once it is connected and the tunnel is open, from the state that the window has. */
export async function addressOf(app: LaunchedApp, name: string): Promise<string> {
  return app.page.evaluate(
    (apiName) =>
      new Promise<string>((resolve) => {
        const { causeway } = window as unknown as { causeway: BridgeLike };
        const look = (state: StateLike): void => {
          for (const { catalog, connections, tunnel } of state.profiles) {
            const api = catalog.catalog?.apis.find((each) => each.name === apiName);
            const connection = api === undefined ? undefined : connections[api.id];
            if (connection?.status === 'on' && tunnel.status === 'open') resolve(connection.address);
          }
        };
        causeway.subscribe('state:did-change', look);
        void causeway.request('state:get').then(({ value }) => look(value));
      }),
    name,
  );
}

interface BridgeLike {
  request(channel: 'state:get'): Promise<{ readonly value: StateLike }>;
  subscribe(channel: 'state:did-change', listener: (state: StateLike) => void): void;
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
 * just killed, still replaces its files: one that is gone between listing and reading holds nothing.
 */
export function filesContaining(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => fileContains(path, text));
}

function fileContains(path: string, text: string): boolean {
  try {
    return statSync(path).isFile() && readFileSync(path).includes(text);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
