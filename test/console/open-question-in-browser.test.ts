import { expect, test } from 'vitest';
import { type CannedAnswers, openConsole } from '../support/console-preview/open-console.ts';
import { anomalies, sampleAnswers } from '../support/console-preview/sample-answers.ts';
import { useConsole } from '../support/console-preview/use-console.ts';

const inChromium = useConsole();

const emergency = {
  ...anomalies(Date.now())[4],
  id: 'finding-e',
  rule: 'break-glass',
  timeMs: Date.now() - 60_000,
  api: null,
  acknowledged: null,
  person: { issuer: 'https://relay.example.com/break-glass', subject: 'kim', username: 'kim' },
  detail: 'Break-glass sign-in of kim by passkey from 10.2.0.7, until 15:00.',
};

interface Named {
  readonly username: string;
}

test('a question about a session stays, with what was typed, when the session leaves the list meanwhile', async () => {
  let isThere = true;
  let isEmergency = false;
  const sample = sampleAnswers(Date.now());
  const all = sample['/admin/v1/sessions'] as (url: URL) => { readonly sessions: readonly Named[] };
  const answers: CannedAnswers = {
    ...sample,
    '/admin/v1/anomalies': () => ({ anomalies: isEmergency ? [emergency] : [], next: null }),
    '/admin/v1/sessions': (url) => {
      const page = all(url);
      return { ...page, sessions: page.sessions.filter(({ username }) => isThere || username !== 'alice') };
    },
  };
  const context = await inChromium.browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
  });
  const { page, acts } = await openConsole(context, `${inChromium.served.url}people?view=sessions`, answers);
  const end = page.getByRole('button', { name: 'End the session of alice' });
  await end.first().click();
  const dialog = page.getByRole('dialog', { name: 'End the session of alice?' });
  await dialog.getByLabel('Why').pressSequentially('Laptop left on');
  isThere = false;
  isEmergency = true;
  // As when the person comes back from another tab, or news come: what is shown is read again.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.waitForLoadState('networkidle');
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  // What isn’t of the page comes all the same.
  await page.getByText('has signed in with an emergency account').waitFor();
  await dialog.getByLabel('Why').pressSequentially(' a train');
  expect(await dialog.getByLabel('Why').inputValue()).toBe('Laptop left on a train');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => end.count(), { timeout: 20_000 }).toBe(0);
  expect(acts).toEqual([]);
  await context.close();
}, 120_000);
