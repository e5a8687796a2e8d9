import type { IncomingMessage, ServerResponse } from 'node:http';
import { escapeHtml } from '../../shared/escape-html.ts';
import { currentLocale } from '../../shared/messages/language.ts';
import { breakGlassPath } from '../config/break-glass-issuer.ts';
import { forReader } from '../page-texts/for-reader.ts';
import { markup, pageHtml as words } from '../page-texts/markup.ts';
import { pageText, type Sentence } from '../page-texts/page-text.ts';
import type { TotpEnrolment } from './one-time-code.ts';

/** Where a page is in its flow, and what it says of the last try. */
export interface PageState {
  readonly flow: string;
  readonly problem?: Sentence | undefined;
}

const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'publickey-credentials-get=(self), publickey-credentials-create=(self)',
  // Not no-referrer: browsers would then hide the origin of forms, which is checked.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

/** Answers with a page in the language of whoever asked. */
export function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  make: () => string,
  others: Readonly<Record<string, string>> = {},
): void {
  const { page: body, headers: ofReader } = forReader(request.headers['accept-language'], make);
  response.writeHead(status, { ...headers, ...ofReader, ...others, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function page(title: string, content: string, head = ''): string {
  return `<!doctype html>
<html lang="${currentLocale()}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${head}
<title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="${breakGlassPath}/page.css">
<script src="${breakGlassPath}/page.js" defer></script></head>
<body><main><h1>${escapeHtml(title)}</h1>${content}</main></body></html>
`;
}

function problemIn({ problem }: PageState): string {
  return problem === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(problem())}</p>`;
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
}

function warning(): string {
  return `<p class="warning">${words('break-glass.warning')}</p>`;
}

function passkeyForm(
  action: string,
  kind: 'create' | 'get',
  flow: string,
  options: object,
  fields: string,
  button: string,
): string {
  // What the page’s script may have to say; that a passkey is known says nothing of accounts where one is made.
  const known = kind === 'create' ? ` data-known="${words('break-glass.passkey.known')}"` : '';
  return `<form method="post" action="${breakGlassPath}/${action}" data-passkey="${kind}" data-options="${escapeHtml(JSON.stringify(options))}">
${hidden('flow', flow)}${hidden('answer', '')}${fields}<button>${button}</button><p role="status"
data-waits="${words('break-glass.passkey.waits')}" data-cancelled="${words('break-glass.passkey.cancelled')}"${known}
data-none-here="${words('break-glass.passkey.none-here')}" data-failed="${words('break-glass.passkey.failed')}"></p></form>`;
}

/** A page with one message. */
export function messagePage(title: string, text: string): string {
  return page(title, `<p>${escapeHtml(text)}</p>`);
}

/** The same for everybody: it doesn’t say which accounts there are. */
export function signInPage(state: PageState, options: object, relayName: string): string {
  const passkey = passkeyForm('prove', 'get', state.flow, options, '', words('break-glass.passkey.button'));
  const content = `${warning()}${problemIn(state)}<h2>${words('break-glass.passkey')}</h2>${passkey}<hr>
<h2>${words('break-glass.passphrase')}</h2>
<form method="post" action="${breakGlassPath}/prove">${hidden('flow', state.flow)}${proofFields('')}<button>${words('break-glass.sign-in.button')}</button></form>
<form method="post" action="${breakGlassPath}/cancel">${hidden('flow', state.flow)}<button class="plain">${words('break-glass.sign-in.cancel')}</button></form>`;
  return page(pageText('break-glass.sign-in', { relay: relayName }), content);
}

function proofFields(prefix: string): string {
  return `<label for="${prefix}name">${words('break-glass.passphrase.account')}</label><input id="${prefix}name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64">
<label for="${prefix}passphrase">${words('break-glass.passphrase.label')}</label><input id="${prefix}passphrase" name="passphrase" type="password" autocomplete="current-password" required maxlength="1024">
<label for="${prefix}code">${words('break-glass.passphrase.code')}</label><input id="${prefix}code" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="12">`;
}

/** Where the second person begins. */
export function approvePage(state: PageState, options: object, code: string): string {
  const field = (id: string): string =>
    `<label for="${id}">${words('break-glass.approve.code')}</label><input id="${id}" name="approval" autocomplete="off" autocapitalize="characters" required maxlength="16" value="${escapeHtml(code)}">`;
  const passkey = passkeyForm(
    'prove',
    'get',
    state.flow,
    options,
    field('key-approval'),
    words('break-glass.passkey.button'),
  );
  const content = `<p>${words('break-glass.approve.text')}</p>${warning()}${problemIn(state)}
<h2>${words('break-glass.passkey')}</h2>${passkey}<hr>
<h2>${words('break-glass.passphrase')}</h2>
<form method="post" action="${breakGlassPath}/prove">${hidden('flow', state.flow)}${field('approval')}${proofFields('')}<button>${words('break-glass.approve.button')}</button></form>`;
  return page(pageText('break-glass.approve'), content);
}

/** What the second person decides on. */
export function decidePage(
  flow: string,
  asked: {
    readonly account: string;
    readonly fullName: string;
    readonly address: string;
    readonly atMs: number;
  },
): string {
  const { account, fullName: name } = asked;
  const time = new Date(asked.atMs).toLocaleString(currentLocale(), {
    dateStyle: 'medium',
    timeStyle: 'medium',
    timeZone: 'UTC',
  });
  const facts = [
    ['break-glass.decide.who', pageText('break-glass.decide.person', { name, account })],
    ['break-glass.decide.from', asked.address],
    ['break-glass.decide.since', pageText('break-glass.decide.time', { time })],
  ] as const;
  const content = `<dl>${facts.map(([label, fact]) => `<dt>${words(label)}</dt><dd>${escapeHtml(fact)}</dd>`).join('\n')}</dl>
<form method="post" action="${breakGlassPath}/decide">${hidden('flow', flow)}
<button name="decision" value="approve">${words('break-glass.decide.approve')}</button> <button class="plain" name="decision" value="refuse">${words('break-glass.decide.refuse')}</button></form>`;
  return page(pageText('break-glass.decide'), content);
}

/** Shown to the first person until the second one has decided. */
export function waitPage(flow: string, approval: string, approveUrl: string, untilMs: number): string {
  const again = `<meta http-equiv="refresh" content="2;url=${breakGlassPath}/wait?flow=${encodeURIComponent(flow)}">`;
  const time = new Date(untilMs).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
  const content = `<p>${words('break-glass.wait.until', { time })}</p>
<p><a href="${escapeHtml(approveUrl)}">${escapeHtml(approveUrl)}</a></p><p>${words('break-glass.wait.enter')}</p>
<p><code>${escapeHtml(approval)}</code></p><p role="status">${words('break-glass.wait.goes-on')}</p>`;
  return page(pageText('break-glass.wait'), content, again);
}

/** Back to the program that asked, at an address of this computer; by a link where the browser doesn’t go by itself. */
export function returnPage(location: string): string {
  const go = `<meta http-equiv="refresh" content="0;url=${escapeHtml(location)}">`;
  const link = `<p><a href="${escapeHtml(location)}">${words('break-glass.return.link')}</a></p>`;
  return page(pageText('break-glass.return'), link, go);
}

export function enrolPasskeyPage(state: PageState, account: string, options: object): string {
  const form = passkeyForm('enrol', 'create', state.flow, options, '', words('break-glass.enrol.passkey-button'));
  const about = words('break-glass.enrol.passkey', { account: markup('b', account) });
  return page(pageText('break-glass.enrol'), `<p>${about}</p>${problemIn(state)}${form}`);
}

export function enrolPassphrasePage(state: PageState, account: string, totp: TotpEnrolment, minLength: number): string {
  const about = words('break-glass.enrol.passphrase', { account: markup('b', account) });
  const key = words('break-glass.enrol.key', { key: markup('span class="key"', totp.secret) });
  const content = `<p>${about}</p>${problemIn(state)}
<h2>${words('break-glass.enrol.step-1')}</h2>${totp.picture}<p>${key}</p>
<h2>${words('break-glass.enrol.step-2')}</h2><form method="post" action="${breakGlassPath}/enrol">${hidden('flow', state.flow)}
<input type="hidden" name="name" autocomplete="username" value="${escapeHtml(account)}">
<label for="passphrase">${words('break-glass.enrol.choose', { count: minLength })}</label><input id="passphrase" name="passphrase" type="password" autocomplete="new-password" required maxlength="1024">
<label for="repeated">${words('break-glass.enrol.again')}</label><input id="repeated" name="repeated" type="password" autocomplete="new-password" required maxlength="1024">
<label for="code">${words('break-glass.enrol.code')}</label><input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="12">
<button>${words('break-glass.enrol.button')}</button></form>`;
  return page(pageText('break-glass.enrol'), content);
}
