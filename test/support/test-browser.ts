import { Agent, fetch } from 'undici';

/** What a page was: `location` is absolute, null when it is no redirect. */
export interface VisitedPage {
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
}

/** Cookies of one origin, enough to drive the demo provider's pages. */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  take({ headers }: { readonly headers: Pick<Headers, 'getSetCookie'> }): void {
    for (const cookie of headers.getSetCookie()) {
      const pair = cookie.split(';', 1)[0] ?? '';
      const separator = pair.indexOf('=');
      const value = pair.slice(separator + 1);
      if (value === '') this.#cookies.delete(pair.slice(0, separator));
      else this.#cookies.set(pair.slice(0, separator), value);
    }
  }
}

/** A person's browser as far as the demo provider's pages need one: it keeps cookies and follows nothing by itself. */
export class TestBrowser {
  readonly #jar = new CookieJar();
  readonly #dispatcher: Agent;

  /** `ca`: PEM of an authority that it trusts besides the usual ones. It shows no certificate of its own. */
  constructor(ca?: string) {
    this.#dispatcher = new Agent({ keepAliveTimeout: 1, ...(ca === undefined ? {} : { connect: { ca } }) });
  }

  /** Loads a page, or sends a form to it. */
  async visit(
    url: string,
    form: URLSearchParams | null = null,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<VisitedPage> {
    const response = await fetch(url, {
      method: form === null ? 'GET' : 'POST',
      ...(form === null ? {} : { body: form }),
      headers: { ...headers, cookie: this.#jar.header() },
      redirect: 'manual',
      dispatcher: this.#dispatcher,
    });
    this.#jar.take(response);
    const location = response.headers.get('location');
    return {
      status: response.status,
      location: location === null ? null : new URL(location, url).href,
      text: await response.text(),
    };
  }
}
