import { demoPassword } from './idp/demo-people.ts';
import { TestBrowser } from './test-browser.ts';

/** How the person at the sign-in page behaves. */
export interface SignInChoice {
  readonly user: string;
  readonly password?: string;
  /** `deny` presses “Cancel and go back”. */
  readonly decision?: 'allow' | 'deny';
  /** With the cookies of earlier visits; a fresh one by default. */
  readonly browser?: TestBrowser;
}

/**
 * Goes through the demo provider's sign-in by plain HTTP, for tests that need no page, up to the redirect that leaves
 * the provider, which it returns without following. Throws when the provider shows an error page instead.
 */
export async function reachCallback(authorizationUrl: string, choice: SignInChoice): Promise<string> {
  const { origin } = new URL(authorizationUrl);
  const browser = choice.browser ?? new TestBrowser();
  let url = authorizationUrl;
  let form: URLSearchParams | null = null;
  for (let step = 0; step < 12; step += 1) {
    const page = await browser.visit(url, form);
    if (page.location !== null) {
      url = page.location;
      form = null;
      if (new URL(url).origin !== origin) return url;
    } else if (page.status === 200 && form === null && new URL(url).pathname.startsWith('/interaction/')) {
      form = new URLSearchParams({
        user: choice.user,
        password: choice.password ?? demoPassword,
        decision: choice.decision ?? 'allow',
      });
    } else {
      const heading = /<p[^>]*>(?<text>[^<]*)<\/p>/u.exec(page.text)?.groups?.['text'] ?? page.text.slice(0, 200);
      throw new Error(`The provider answered ${page.status} at ${new URL(url).pathname}: ${heading}`);
    }
  }
  throw new Error('The provider redirected too often');
}

/** Like {@link reachCallback}, and then delivers the answer to the waiting application as a browser would. */
export async function signInWithoutBrowser(authorizationUrl: string, choice: SignInChoice): Promise<Response> {
  return fetch(await reachCallback(authorizationUrl, choice), { redirect: 'manual' });
}

/** Goes through the provider's page that ends its session, up to its last page; throws when it shows another one. */
export async function endSessionWithoutBrowser(endSessionUrl: string, browser: TestBrowser): Promise<void> {
  let url = endSessionUrl;
  let form: URLSearchParams | null = null;
  for (let step = 0; step < 6; step += 1) {
    const page = await browser.visit(url, form);
    const xsrf = /name="xsrf" value="(?<value>[^"]+)"/u.exec(page.text)?.groups?.['value'];
    if (page.location !== null) {
      url = page.location;
      form = null;
    } else if (page.status === 200 && xsrf !== undefined) {
      url = new URL(/action="(?<url>[^"]+)"/u.exec(page.text)?.groups?.['url'] ?? url, url).href;
      form = new URLSearchParams({ xsrf, logout: 'yes' });
    } else if (page.status === 200) return;
    else throw new Error(`The provider answered ${page.status} at ${new URL(url).pathname}`);
  }
  throw new Error('The provider redirected too often');
}
