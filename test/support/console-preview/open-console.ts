import type { BrowserContext, Page } from 'playwright';

/** What the admin API answers: a value, or a status with a problem document; by path without its query. */
export type CannedAnswers = Readonly<Record<string, object | ((url: URL, body: unknown) => object | Refused)>>;

/** An answer that isn’t 200. */
export interface Refused {
  readonly refused: number;
  readonly problem: object;
}

export interface OpenedConsole {
  readonly page: Page;
  /** Violations of the content security policy and errors on the console so far. */
  readonly complaints: readonly string[];
  /** What was sent to change something: path and body. */
  readonly acts: readonly { readonly path: string; readonly body: unknown }[];
}

/** Opens a page of the console over canned answers of the admin API, which are given to the browser as the relay would. */
export async function openConsole(
  context: BrowserContext,
  url: string,
  answers: CannedAnswers,
): Promise<OpenedConsole> {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  const acts: { path: string; body: unknown }[] = [];
  page.on('console', (message) => {
    // A refusal that a state is made of is told by the browser, too.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.route(/\/(?:admin\/v1|console\/auth)\//, async (route) => {
    const request = route.request();
    const asked = new URL(request.url());
    if (asked.pathname === '/admin/v1/events') {
      await route.fulfill({ contentType: 'text/event-stream', body: 'retry: 600000\n\nevent: hello\ndata: {}\n\n' });
      return;
    }
    const body: unknown = request.postDataJSON();
    if (request.method() === 'POST') acts.push({ path: asked.pathname, body });
    const canned = answers[decodeURIComponent(asked.pathname)];
    const answer = typeof canned === 'function' ? (canned as (url: URL, body: unknown) => object)(asked, body) : canned;
    if (answer === undefined) complaints.push(`nothing is answered at ${asked.pathname}`);
    if (answer !== undefined && 'refused' in answer) {
      const { refused, problem } = answer as Refused;
      await route.fulfill({ status: refused, contentType: 'application/problem+json', body: JSON.stringify(problem) });
    } else await route.fulfill({ status: answer === undefined ? 404 : 200, json: answer ?? {} });
  });
  await page.goto(url);
  await page.getByRole('main').waitFor();
  return { page, complaints, acts };
}
