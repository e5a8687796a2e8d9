import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Provider } from 'oidc-provider';
import { demoPassword } from './demo-people.ts';
import type { IdpOptions } from './idp-options.ts';
import { loginPage, messagePage } from './idp-pages.ts';

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' http://127.0.0.1:* http://localhost:*; frame-ancestors 'none'",
};

/** Answers `/interaction/<uid>`: shows the sign-in page, checks the password, never asks for consent. */
export async function answerInteraction(
  provider: Provider,
  options: IdpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const show = (status: number, body: string): void => {
    response.writeHead(status, pageHeaders).end(body);
  };
  let prompt: string;
  let wantedAcrs: readonly string[];
  try {
    const { params, prompt: asked } = await provider.interactionDetails(request, response);
    prompt = asked.name;
    wantedAcrs = typeof params['acr_values'] === 'string' ? params['acr_values'].split(' ') : [];
  } catch {
    // The provider throws when the cookie or the record is gone: the person came back to an old page.
    show(400, messagePage('This sign-in page is too old', 'Start the sign-in again in the app.'));
    return;
  }
  if (prompt === 'consent') {
    await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
    return;
  }
  const login = (problem: string | null): string =>
    loginPage({ action: request.url ?? '', people: options.people, problem });
  if (request.method !== 'POST') {
    show(200, login(null));
    return;
  }
  const form = new URLSearchParams(await text(request));
  const user = (form.get('user') ?? '').trim().toLowerCase();
  const person = options.people.find((candidate) => candidate.user === user);
  const denied = form.get('decision') === 'deny';
  if (denied || (person !== undefined && options.deniedUsers.includes(user))) {
    const reason = denied ? 'The person cancelled the sign-in' : `${user} may not use this application`;
    await provider.interactionFinished(request, response, { error: 'access_denied', error_description: reason });
    return;
  }
  if (person === undefined || form.get('password') !== demoPassword) {
    show(401, login('The user name or the password is wrong.'));
    return;
  }
  await provider.interactionFinished(request, response, {
    login: {
      accountId: person.user,
      amr: ['pwd'],
      acr: wantedAcrs.find((acr) => options.acrs.includes(acr)) ?? options.acrs[0],
      ts: Math.floor(Date.now() / 1000) - options.signedInSecondsAgo,
    },
  });
}
