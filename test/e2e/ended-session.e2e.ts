import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callWithCurl } from '../support/call-with-curl.ts';
import type { LaunchedApp } from '../support/launch-app.ts';
import { signInWithBrowser } from '../support/sign-in-with-browser.ts';
import {
  type AppWorld,
  connectApi,
  ensureSignedIn,
  makeProfileFolder,
  nextSignInPage,
  removeFolder,
  startAppWorld,
} from './app-world.ts';

const relayCommand = fileURLToPath(new URL('../../relay/start/main.ts', import.meta.url));

describe('alice on two devices', () => {
  let world: AppWorld;
  let laptop: LaunchedApp;
  let desktop: LaunchedApp;
  let otherFolder: string;

  beforeAll(async () => {
    world = await startAppWorld();
    laptop = await world.launch({ env: { CAUSEWAY_DEVICE_NAME: 'alice-laptop' } });
    otherFolder = await makeProfileFolder();
    desktop = await launchDesktop();
    for (const app of [laptop, desktop]) await ensureSignedIn(app, world.world.relayUrl, 'alice');
  });
  afterAll(async () => {
    await world?.close();
    if (otherFolder !== undefined) removeFolder(join(otherFolder, '..'));
  });

  const launchDesktop = () =>
    world.launch({ userDataDir: otherFolder, env: { CAUSEWAY_DEVICE_NAME: 'alice-desktop' } });
  const openSessions = async ({ page }: LaunchedApp): Promise<void> => {
    await page.getByRole('link', { name: 'Sessions' }).click();
    await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  };
  const relay = async (...words: readonly string[]): Promise<string> => {
    const command = [relayCommand, ...words, '-c', world.world.configPath];
    return (await promisify(execFile)(process.execPath, command)).stdout;
  };
  const signInAgain = async (app: LaunchedApp): Promise<void> => {
    const opening = nextSignInPage(app);
    await app.page.getByRole('button', { name: 'Sign in again' }).click();
    await signInWithBrowser(await opening, { user: 'alice' });
    await app.page.getByText('Your session was ended').first().waitFor({ state: 'detached' });
  };

  test('is told on the first one of the new one, once, with what to do', async () => {
    const banner = laptop.page.getByRole('region', { name: 'Notice' });
    await banner.getByText('New sign-in on “alice-desktop”').waitFor();
    await banner.getByText('If that wasn’t you, sign it out and tell IT.').waitFor();
    const shown = () =>
      laptop.main.calls.filter(
        ({ name, args }) => name === 'Notification.show' && JSON.stringify(args).includes('New sign-in'),
      );
    await expect.poll(shown).toHaveLength(1);
    expect(desktop.main.calls.some(({ args }) => JSON.stringify(args).includes('New sign-in'))).toBe(false);
    await banner.getByRole('button', { name: 'Look at it' }).click();
    await laptop.page.getByText('new device', { exact: true }).waitFor();
    await laptop.page.getByRole('link', { name: 'APIs' }).click();
    await banner.waitFor({ state: 'detached' });
  });

  test('sees the other one and ends it; that one says who ended it, from where and when, and signs in again', async () => {
    await connectApi(laptop, 'Orders');
    const address = await connectApi(desktop, 'Orders');
    expect((await callWithCurl(`${address}/v1/orders/4711`)).status).toBe(200);

    await openSessions(laptop);
    await laptop.page.getByRole('heading', { name: 'alice-desktop' }).waitFor();
    await laptop.page.getByText('connected now').first().waitFor();
    await laptop.page.getByRole('button', { name: 'Sign out alice-desktop' }).click();
    await laptop.page.getByRole('alertdialog').getByRole('button', { name: 'Sign out', exact: true }).click();
    await laptop.page.getByText('You are signed in nowhere else.').waitFor();

    const banner = desktop.page.getByRole('region', { name: 'Notice' });
    await banner.getByText('Your session was ended').waitFor();
    const words = await banner.innerText();
    expect(words).toContain(
      'You have ended this session from your device “alice-laptop”. If that wasn’t you, tell IT.',
    );
    expect(words).toMatch(/That was (?:just now|\d+ (?:s|min) ago)\./);
    await expect.poll(async () => (await callWithCurl(`${address}/v1/orders/4711`)).status).toBe(503);

    await signInAgain(desktop);
    await expect.poll(async () => (await callWithCurl(`${address}/v1/orders/4711`)).status).toBe(200);
  });

  test('ended by IT, it says so with the reason, also after a restart', async () => {
    await relay('sessions', 'end', '--device', 'alice-desktop', '--reason', 'Laptop handed in');
    const says = () =>
      desktop.page
        .getByRole('region', { name: 'Notice' })
        .getByText('An administrator has ended this session: Laptop handed in');
    await says().waitFor();
    await desktop.close();
    desktop = await launchDesktop();
    await says().waitFor();
    await openSessions(desktop);
    await desktop.page.getByText('Your other devices show here once you are signed in.').waitFor();
    await signInAgain(desktop);
  });

  test('locked by IT, an API says for whom and why while it lasts', async () => {
    const { page } = laptop;
    await page.getByRole('link', { name: 'APIs' }).click();
    const added = await relay('locks', 'add', '--api', 'orders', '--reason', 'Incident 12', '--json');
    const locked = page.getByText('Locked by IT for everybody: Incident 12').first();
    await locked.waitFor();
    const { id } = JSON.parse(added) as { readonly id: string };
    await relay('locks', 'remove', id, '--reason', 'Over');
    await locked.waitFor({ state: 'detached' });
  });
});
