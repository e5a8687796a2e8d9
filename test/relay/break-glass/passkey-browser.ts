import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright';
import { onTestFinished } from 'vitest';
import { findBrowser } from '../../support/find-browser.ts';

/** A person’s Chromium with a virtual authenticator in it (WebAuthn §11). */
export interface PasskeyBrowser {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly cdp: CDPSession;
  readonly authenticatorId: string;
  /** Enrols by a link; answers the title of the page that comes. */
  enrol(link: string): Promise<string>;
  /** Presses the passkey’s button on the sign-in page. */
  signIn(url: string): Promise<void>;
}

/** Starts it, gone when the test is. */
export async function startPasskeyBrowser(): Promise<PasskeyBrowser> {
  const browser = await chromium.launch(findBrowser());
  onTestFinished(() => browser.close());
  const context = await browser.newContext();
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    page,
    context,
    cdp,
    authenticatorId,
    async enrol(link) {
      await page.goto(link);
      await page.getByRole('button', { name: 'Make the passkey' }).click();
      await page.waitForURL(/\/break-glass\/enrol$/);
      return page.getByRole('heading', { level: 1 }).innerText();
    },
    async signIn(url) {
      await page.goto(url);
      await page.getByRole('button', { name: 'Use a passkey or hardware key' }).click();
    },
  };
}
