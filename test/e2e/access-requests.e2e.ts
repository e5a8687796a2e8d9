import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callWithCurl } from '../support/call-with-curl.ts';
import { demoShowcase } from '../support/demo-showcase.ts';
import type { LaunchedApp } from '../support/launch-app.ts';
import {
  addressOf,
  type AppWorld,
  connectApi,
  ensureSignedIn,
  makeProfileFolder,
  removeFolder,
  startAppWorld,
} from './app-world.ts';

describe('alice asks, dana decides in her app', () => {
  let world: AppWorld;
  let alice: LaunchedApp;
  let dana: LaunchedApp;
  let danaFolder: string;

  beforeAll(async () => {
    world = await startAppWorld({ configure: demoShowcase });
    alice = await world.launch();
    danaFolder = await makeProfileFolder();
    dana = await world.launch({ userDataDir: danaFolder });
    await ensureSignedIn(alice, world.world.relayUrl, 'alice');
    await ensureSignedIn(dana, world.world.relayUrl, 'dana');
  });
  afterAll(async () => {
    await world?.close();
    if (danaFolder !== undefined) removeFolder(join(danaFolder, '..'));
  });

  const waitForNotification = (app: LaunchedApp, words: string): Promise<unknown> =>
    expect
      .poll(() =>
        app.main.calls.filter(({ name }) => name === 'Notification.show').map(({ args }) => JSON.stringify(args)),
      )
      .toContainEqual(expect.stringContaining(words));
  const askForPayroll = async ({ page }: LaunchedApp, reason: string): Promise<void> => {
    await page.getByRole('textbox', { name: /^Why you need/ }).fill(reason);
    await page.getByRole('button', { name: 'Ask for access', exact: true }).click();
    await page.getByText('You asked for finance').waitFor();
  };

  test('what she asks for waits in her app and in dana’s, with a number, a notification and the reason', async () => {
    await alice.page.getByRole('button', { name: 'Ask for access to Payroll' }).click();
    await askForPayroll(alice, 'Payslip of March');
    await alice.page.getByText('relay-admins decides; you are told.').waitFor();
    await waitForNotification(dana, 'alice asks for access to Payroll');

    await dana.page.getByRole('link', { name: 'Requests' }).click();
    await dana.page.getByRole('heading', { name: 'alice asks for finance at Payroll' }).waitFor();
    await dana.page.getByText('Payslip of March').waitFor();
    await dana.page.getByText('Nothing at this API.').waitFor();
    expect(await alice.page.getByRole('link', { name: 'Requests' }).count()).toBe(0);
  });

  test('still waits after her app has started anew', async () => {
    await alice.close();
    alice = await world.launch();
    await ensureSignedIn(alice, world.world.relayUrl, 'alice');
    await alice.page.getByText('Waiting for a decision').waitFor();
  });

  test('refused with a reason, it says so at once, and she asks again', async () => {
    await dana.page.getByRole('button', { name: 'Refuse alice’s request for Payroll' }).click();
    await dana.page.getByRole('button', { name: 'Refuse', exact: true }).click();
    await dana.page.getByRole('alert').getByText('Say why: alice reads it.').waitFor();
    await dana.page.getByRole('textbox', { name: 'Reason' }).fill('Use the form');
    await dana.page.getByRole('button', { name: 'Refuse', exact: true }).click();
    await waitForNotification(alice, 'dana refused your access to Payroll');
    await alice.page.getByRole('button', { name: 'Payroll', exact: true }).click();
    await alice.page.getByText('dana refused your request for finance').waitFor();
    await alice.page.getByText('“Use the form”').waitFor();
    await alice.page.getByRole('button', { name: 'Ask again' }).click();
    await askForPayroll(alice, 'The form is broken');
  });

  test('approved for less, her API opens on the open tunnel, and says until when', async () => {
    await dana.page.getByRole('button', { name: 'Approve alice’s request for Payroll' }).click();
    await dana.page.getByRole('combobox', { name: 'For how long' }).selectOption({ label: '1 h' });
    await dana.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await dana.page.getByRole('heading', { name: 'alice has finance at Payroll' }).waitFor();
    await waitForNotification(alice, 'dana approved your access to Payroll');
    await alice.page.getByText('You have finance; it ends in').waitFor();
    await alice.page.getByRole('link', { name: 'APIs' }).click();
    const address = await connectApi(alice, 'Payroll');
    expect((await callWithCurl(`${address}/v1/payslips`)).status).toBe(200);

    await dana.page.getByRole('button', { name: 'End early: alice’s access to Payroll' }).click();
    await dana.page.getByRole('textbox', { name: 'Reason' }).fill('Done');
    await dana.page.getByRole('button', { name: 'End early', exact: true }).click();
    await waitForNotification(alice, 'Your access to Payroll was ended early');
    await expect.poll(async () => (await callWithCurl(`${address}/v1/payslips`)).status).toBe(403);
  });

  test('granted for seconds, it opens and ends by itself, and her app says so', async () => {
    world.world.configure((config) => ({
      ...config,
      apis: config.apis.map((api) =>
        api.id === 'payroll' && api.access_requests !== undefined
          ? { ...api, access_requests: { ...api.access_requests, max_hours: 0.005 } }
          : api,
      ),
    }));
    await alice.page.getByRole('link', { name: 'APIs' }).click();
    await alice.page.getByRole('button', { name: 'Payroll', exact: true }).click();
    await alice.page.getByRole('button', { name: 'Ask again' }).click();
    await alice.page.getByText('For at most 18 s; it then ends by itself.').waitFor();
    await askForPayroll(alice, 'One more look');
    const address = await addressOf(alice, 'Payroll');
    await dana.page.getByRole('button', { name: 'Approve alice’s request for Payroll' }).click();
    await dana.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await expect.poll(async () => (await callWithCurl(`${address}/v1/payslips`)).status).toBe(200);
    await expect.poll(async () => (await callWithCurl(`${address}/v1/payslips`)).status).toBe(403);
    await waitForNotification(alice, 'Your access to Payroll has ended');
    await alice.page.getByText('Your role finance ended').waitFor();
  });

  test('the bell keeps what she was told over a restart, once each, and leads there', async () => {
    await alice.close();
    alice = await world.launch();
    await ensureSignedIn(alice, world.world.relayUrl, 'alice');
    await alice.page.getByRole('button', { name: /^Notices: \d+ unread$/ }).click();
    const notices = alice.page.getByRole('list', { name: 'Notices' });
    await notices.getByText('Your access to Payroll was ended early').waitFor();
    await expect.poll(() => notices.getByText('dana approved your access to Payroll').count()).toBe(2);
    const shown = alice.main.calls.filter(({ name }) => name === 'Notification.show');
    expect(shown.filter(({ args }) => JSON.stringify(args).includes('Payroll'))).toEqual([]);
    await notices.getByRole('button', { name: 'Show the request' }).first().click();
    await alice.page.getByRole('heading', { name: 'Access', level: 1 }).waitFor();
    await alice.page.getByRole('button', { name: 'Notices', exact: true }).waitFor();
  });
});
