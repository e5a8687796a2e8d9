import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { reachCallback } from './sign-in-without-browser.ts';
import { TestBrowser } from './test-browser.ts';

/** What the operators' port answered. */
export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface ConsoleRequest {
  readonly method?: string;
  /** Over what a page of the console sends; undefined leaves a header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/** An operator's browser by plain HTTP: keeps the console's cookies and sends what its pages send. */
export class ConsoleBrowser {
  readonly #origin: string;
  readonly #provider = new TestBrowser();
  readonly cookies = new Map<string, string>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Asks the operators' port as a page of the console would. */
  async ask(path: string, { method = 'GET', headers = {}, body }: ConsoleRequest = {}): Promise<ConsoleAnswer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const own: Record<string, string | undefined> = {
      'sec-fetch-site': 'same-origin',
      'x-causeway-console': '1',
      ...(method === 'GET' ? {} : { origin: this.#origin }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(cookie === '' ? {} : { cookie }),
      ...headers,
    };
    const sent = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
    const answer = await new Promise<ConsoleAnswer>((resolve, reject) => {
      const request = httpRequest(`${this.#origin}${path}`, { method, headers: sent, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      request.once('error', reject);
      request.end(body);
    });
    for (const set of answer.headers['set-cookie'] ?? []) {
      const [pair = ''] = set.split(';');
      const at = pair.indexOf('=');
      if (pair.length === at + 1) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  /** Begins a sign-in and goes through the provider's page. @returns the address that the provider sends the browser to */
  async reachCallback(user: string, query = ''): Promise<string> {
    const begun = await this.ask(`/console/auth/start${query}`, { headers: { 'x-causeway-console': undefined } });
    const { location } = begun.headers;
    if (begun.status !== 303 || location === undefined) throw new Error(`The sign-in didn’t begin: ${begun.text}`);
    return reachCallback(location, { user, browser: this.#provider });
  }

  /** Delivers a provider's answer as the redirect from there would. */
  deliver(callback: string): Promise<ConsoleAnswer> {
    return this.ask(callback.slice(this.#origin.length), {
      headers: { 'sec-fetch-site': 'cross-site', 'x-causeway-console': undefined },
    });
  }

  /** Signs somebody in; what the last step answered. */
  async signIn(user: string, query = ''): Promise<ConsoleAnswer> {
    return this.deliver(await this.reachCallback(user, query));
  }
}
