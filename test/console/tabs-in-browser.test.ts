import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { rightsOf } from '../../relay/admin/operator-roles.ts';
import { type CannedAnswers, openConsole } from '../support/console-preview/open-console.ts';
import { sampleAnswers, sampleMe } from '../support/console-preview/sample-answers.ts';
import { useConsole } from '../support/console-preview/use-console.ts';

const inChromium = useConsole();

/** As the relay answers who has no cookie any more. */
const signedOut = {
  refused: 401,
  problem: { code: 'token-rejected', title: 'No', status: 401, detail: 'The request carries no access token.' },
};

/** Opens a page whose answers are those of whoever the browser’s cookie is of at that moment. */
async function openTab(path: string) {
  const me = { ...sampleMe(Date.now()), roles: ['owner'], rights: [...rightsOf.owner] };
  let who: object = me;
  const answers: CannedAnswers = { ...sampleAnswers(Date.now()), '/admin/v1/me': () => who };
  const context = await inChromium.browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
  });
  const { page } = await openConsole(context, `${inChromium.served.url}${path}`, answers);
  return { page, me, becomes: (next: object) => (who = next), close: () => context.close() };
}

/** As when the person comes back from another tab. */
const comeBack = (page: Page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

test('a tab shows who is signed in now, when somebody else has signed in at another one', async () => {
  const { page, me, becomes, close } = await openTab('people?view=sessions');
  await page.getByRole('button', { name: 'End the session of alice' }).first().waitFor();
  const person = { issuer: 'https://idp.example', subject: 'erin', username: 'erin' };
  becomes({ ...me, name: 'erin (console)', person, roles: ['auditor'], rights: [...rightsOf.auditor] });
  await comeBack(page);
  await page.getByRole('button', { name: /Signed in as erin/ }).waitFor();
  await expect.poll(() => page.getByRole('button', { name: 'End the session of alice' }).count()).toBe(0);
  await close();
}, 120_000);

test('a tab that was signed out goes on where it was once somebody has signed in at another one', async () => {
  const { page, me, becomes, close } = await openTab('people?view=sessions');
  await page.getByRole('button', { name: /Signed in as/ }).waitFor();
  becomes(signedOut);
  await comeBack(page);
  await page.getByRole('heading', { name: 'Sign in to the console' }).waitFor();
  await page.getByText('somebody signed out at another tab').waitFor();
  expect(await page.getByText('access token').count()).toBe(0);
  becomes(me);
  await comeBack(page);
  await page.getByRole('button', { name: 'End the session of alice' }).first().waitFor();
  expect(new URL(page.url()).search).toBe('?view=sessions');
  await close();
}, 120_000);
