import { chromium } from 'playwright';
import { demoPassword } from './idp/demo-people.ts';
import { findBrowser } from './find-browser.ts';
import type { SignInChoice } from './sign-in-without-browser.ts';

/** What the person saw last. */
export interface BrowserSignIn {
  /** Title of the end page, the one that the application shows after the sign-in. */
  readonly title: string;
  /** Visible text of the end page. */
  readonly text: string;
}

/**
 * Drives the demo provider's real sign-in page in a headless Chromium, from the authorization address to the page that
 * ends the flow. Throws when no end page comes within `timeoutMs` (default 60 s).
 */
export async function signInWithBrowser(
  url: string,
  choice: SignInChoice & { readonly timeoutMs?: number },
): Promise<BrowserSignIn> {
  const browser = await chromium.launch(findBrowser());
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(choice.timeoutMs ?? 60_000);
    await page.goto(url);
    const provider = new URL(page.url()).origin;
    if (choice.decision === 'deny') {
      await page.getByRole('button', { name: 'Cancel and go back' }).click();
    } else {
      await page.getByLabel('User name').fill(choice.user);
      await page.getByLabel('Password').fill(choice.password ?? demoPassword);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    }
    await page.waitForURL((at) => at.origin !== provider);
    await page.waitForLoadState('domcontentloaded');
    return { title: await page.title(), text: await page.locator('body').innerText() };
  } finally {
    await browser.close();
  }
}
