import type { BrowserContext, Page } from 'playwright';
import { withoutTransitions } from '../looks/without-transitions.ts';

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

/** One browser page that goes from page to page of the console. */
export interface ConsoleWindow extends OpenedConsole {
  /** Loads an address over these answers, and forgets what was complained of and sent before. */
  show(url: string, answers: CannedAnswers): Promise<void>;
}

/** Opens a window whose admin API is canned answers, which are given to the browser as the relay would. */
export async function openConsoleWindow(context: BrowserContext): Promise<ConsoleWindow> {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await withoutTransitions(page);
  const complaints: string[] = [];
  const acts: { path: string; body: unknown }[] = [];
  let answers: CannedAnswers = {};
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
  return {
    page,
    complaints,
    acts,
    async show(url, given) {
      // Whatever the last page still asks for is none of the next one’s.
      await page.goto('about:blank');
      answers = given;
      complaints.length = 0;
      acts.length = 0;
      await page.goto(url);
      await page.getByRole('main').waitFor();
    },
  };
}

/** Opens a page of the console in a window of its own. */
export async function openConsole(
  context: BrowserContext,
  url: string,
  answers: CannedAnswers,
): Promise<OpenedConsole> {
  const opened = await openConsoleWindow(context);
  await opened.show(url, answers);
  return opened;
}
