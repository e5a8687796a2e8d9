import { demoPassword } from './idp/demo-people.ts';

/** Cookies of one origin, enough to drive the demo provider's pages. */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  take(response: Response): void {
    for (const cookie of response.headers.getSetCookie()) {
      const pair = cookie.split(';', 1)[0] ?? '';
      const separator = pair.indexOf('=');
      const value = pair.slice(separator + 1);
      if (value === '') this.#cookies.delete(pair.slice(0, separator));
      else this.#cookies.set(pair.slice(0, separator), value);
    }
  }
}

/** How the person at the sign-in page behaves. */
export interface SignInChoice {
  readonly user: string;
  readonly password?: string;
  /** `deny` presses “Cancel and go back”. */
  readonly decision?: 'allow' | 'deny';
}

/**
 * Goes through the demo provider's sign-in by plain HTTP, for tests that need no page, up to the redirect that leaves
 * the provider, which it returns without following. Throws when the provider shows an error page instead.
 */
export async function reachCallback(authorizationUrl: string, choice: SignInChoice): Promise<string> {
  const { origin } = new URL(authorizationUrl);
  const jar = new CookieJar();
  let url = authorizationUrl;
  let form: URLSearchParams | null = null;
  for (let step = 0; step < 12; step += 1) {
    const response: Response = await fetch(url, {
      method: form === null ? 'GET' : 'POST',
      ...(form === null ? {} : { body: form }),
      headers: { cookie: jar.header() },
      redirect: 'manual',
    });
    jar.take(response);
    const location = response.headers.get('location');
    const text = await response.text();
    if (location !== null) {
      url = new URL(location, url).href;
      form = null;
      if (new URL(url).origin !== origin) return url;
    } else if (response.status === 200 && form === null && new URL(url).pathname.startsWith('/interaction/')) {
      form = new URLSearchParams({
        user: choice.user,
        password: choice.password ?? demoPassword,
        decision: choice.decision ?? 'allow',
      });
    } else {
      const heading = /<p[^>]*>(?<text>[^<]*)<\/p>/u.exec(text)?.groups?.['text'] ?? text.slice(0, 200);
      throw new Error(`The provider answered ${response.status} at ${new URL(url).pathname}: ${heading}`);
    }
  }
  throw new Error('The provider redirected too often');
}

/** Like {@link reachCallback}, and then delivers the answer to the waiting application as a browser would. */
export async function signInWithoutBrowser(authorizationUrl: string, choice: SignInChoice): Promise<Response> {
  return fetch(await reachCallback(authorizationUrl, choice), { redirect: 'manual' });
}
