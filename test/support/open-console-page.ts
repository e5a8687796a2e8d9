import { type Browser, chromium, type Page } from 'playwright';
import { findBrowser } from './find-browser.ts';
import { demoPassword } from './idp/demo-people.ts';

/** The operators' console in a real browser. */
export interface ConsolePage {
  readonly page: Page;
  /** Signs in at the provider's page, up to the console's own one. */
  signIn(user: string): Promise<void>;
  /** Asks the admin API from within the page, as its scripts do; what was answered. */
  ask(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly json: unknown }>;
  close(): Promise<void>;
}

/** Opens a browser of its own, which takes certificates of the demo’s authority. */
export async function openConsolePage(adminUrl: string): Promise<ConsolePage> {
  const browser: Browser = await chromium.launch(findBrowser());
  const context = await browser.newContext({ ignoreHTTPSErrors: adminUrl.startsWith('https:') });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  return {
    page,
    async signIn(user) {
      await page.goto(`${adminUrl}/console/auth/start`);
      await page.getByLabel('User name').fill(user);
      await page.getByLabel('Password').fill(demoPassword);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.waitForURL(`${adminUrl}/console/**`);
    },
    ask: (method, path, body) =>
      page.evaluate(
        async (asked) => {
          const response = await fetch(asked.path, {
            method: asked.method,
            headers: {
              'x-causeway-console': '1',
              ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }),
            },
            ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
          });
          return { status: response.status, json: (await response.json()) as unknown };
        },
        { method, path, body },
      ),
    close: () => browser.close(),
  };
}
