import type { ServerResponse } from 'node:http';
import { breakGlassWarning } from '../../shared/break-glass.ts';
import { escapeHtml } from '../../shared/escape-html.ts';
import { breakGlassPath } from '../config/break-glass-issuer.ts';
import type { TotpEnrolment } from './one-time-code.ts';

/** Where a page is in its flow, and what it says of the last try. */
export interface PageState {
  readonly flow: string;
  readonly problem?: string | undefined;
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

/** Answers with a page. */
export function sendPage(
  response: ServerResponse,
  status: number,
  body: string,
  others: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, ...others, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function page(title: string, content: string, head = ''): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${head}
<title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="${breakGlassPath}/page.css">
<script src="${breakGlassPath}/page.js" defer></script></head>
<body><main><h1>${escapeHtml(title)}</h1>${content}</main></body></html>
`;
}

function problemIn({ problem }: PageState): string {
  return problem === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(problem)}</p>`;
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
}

const warning = `<p class="warning">${escapeHtml(breakGlassWarning)}</p>`;

function passkeyForm(
  action: string,
  kind: 'create' | 'get',
  flow: string,
  options: object,
  fields: string,
  button: string,
): string {
  return `<form method="post" action="${breakGlassPath}/${action}" data-passkey="${kind}" data-options="${escapeHtml(JSON.stringify(options))}">
${hidden('flow', flow)}${hidden('answer', '')}${fields}<button>${button}</button><p role="status"></p></form>`;
}

/** A page with one message. */
export function messagePage(title: string, text: string): string {
  return page(title, `<p>${escapeHtml(text)}</p>`);
}

/** The same for everybody: it doesn’t say which accounts there are. */
export function signInPage(state: PageState, options: object, relayName: string): string {
  const passkey = passkeyForm('prove', 'get', state.flow, options, '', 'Use a passkey or hardware key');
  const content = `${warning}${problemIn(state)}<h2>With a passkey or hardware key</h2>${passkey}<hr>
<h2>With a passphrase</h2>
<form method="post" action="${breakGlassPath}/prove">${hidden('flow', state.flow)}${proofFields('')}<button>Sign in</button></form>
<form method="post" action="${breakGlassPath}/cancel">${hidden('flow', state.flow)}<button class="plain">Cancel</button></form>`;
  return page(`Emergency sign-in to ${relayName}`, content);
}

function proofFields(prefix: string): string {
  return `<label for="${prefix}name">Account</label><input id="${prefix}name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64">
<label for="${prefix}passphrase">Passphrase</label><input id="${prefix}passphrase" name="passphrase" type="password" autocomplete="current-password" required maxlength="1024">
<label for="${prefix}code">One-time code</label><input id="${prefix}code" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="12">`;
}

/** Where the second person begins. */
export function approvePage(state: PageState, options: object, code: string): string {
  const field = (id: string): string =>
    `<label for="${id}">Code that the person who signs in sees</label><input id="${id}" name="approval" autocomplete="off" autocapitalize="characters" required maxlength="16" value="${escapeHtml(code)}">`;
  const content = `<p>A second person approves an emergency sign-in, with an account of their own.</p>${warning}${problemIn(state)}
<h2>With a passkey or hardware key</h2>${passkeyForm('prove', 'get', state.flow, options, field('key-approval'), 'Use a passkey or hardware key')}<hr>
<h2>With a passphrase</h2>
<form method="post" action="${breakGlassPath}/prove">${hidden('flow', state.flow)}${field('approval')}${proofFields('')}<button>Go on</button></form>`;
  return page('Approve an emergency sign-in', content);
}

/** What the second person decides on. */
export function decidePage(
  flow: string,
  asked: { readonly account: string; readonly fullName: string; readonly address: string; readonly at: string },
): string {
  const content = `<dl><dt>Who</dt><dd>${escapeHtml(asked.fullName)} (${escapeHtml(asked.account)})</dd>
<dt>From</dt><dd>${escapeHtml(asked.address)}</dd><dt>Since</dt><dd>${escapeHtml(asked.at)}</dd></dl>
<form method="post" action="${breakGlassPath}/decide">${hidden('flow', flow)}
<button name="decision" value="approve">Approve</button> <button class="plain" name="decision" value="refuse">Refuse</button></form>`;
  return page('Let this person in?', content);
}

/** Shown to the first person until the second one has decided. */
export function waitPage(flow: string, approval: string, approveUrl: string, untilText: string): string {
  const again = `<meta http-equiv="refresh" content="2;url=${breakGlassPath}/wait?flow=${encodeURIComponent(flow)}">`;
  const content = `<p>Another person with an account has to approve it, until ${escapeHtml(untilText)}. They open</p>
<p><a href="${escapeHtml(approveUrl)}">${escapeHtml(approveUrl)}</a></p><p>on any device and enter</p>
<p><code>${escapeHtml(approval)}</code></p><p role="status">This page goes on by itself.</p>`;
  return page('A second person is needed', content, again);
}

/** Back to the program that asked, at an address of this computer; by a link where the browser doesn’t go by itself. */
export function returnPage(location: string): string {
  const go = `<meta http-equiv="refresh" content="0;url=${escapeHtml(location)}">`;
  return page('Back to Causeway', `<p><a href="${escapeHtml(location)}">Go on in Causeway</a></p>`, go);
}

export function enrolPasskeyPage(state: PageState, account: string, options: object): string {
  const form = passkeyForm('enrol', 'create', state.flow, options, '', 'Make the passkey');
  const content = `<p>This enrols a passkey or hardware key for the emergency account <b>${escapeHtml(account)}</b>. Keep it where you have it when company sign-in is down.</p>${problemIn(state)}${form}`;
  return page('Enrol an emergency account', content);
}

export function enrolPassphrasePage(state: PageState, account: string, totp: TotpEnrolment, minLength: number): string {
  const content = `<p>This sets the passphrase and the one-time codes of the emergency account <b>${escapeHtml(account)}</b>.</p>${problemIn(state)}
<h2>1. Add it to your authenticator app</h2>${totp.picture}<p>or enter this key: <span class="key">${escapeHtml(totp.secret)}</span></p>
<h2>2. Choose a passphrase</h2><form method="post" action="${breakGlassPath}/enrol">${hidden('flow', state.flow)}
<input type="hidden" name="name" autocomplete="username" value="${escapeHtml(account)}">
<label for="passphrase">Passphrase, at least ${minLength} characters</label><input id="passphrase" name="passphrase" type="password" autocomplete="new-password" required maxlength="1024">
<label for="repeated">The same again</label><input id="repeated" name="repeated" type="password" autocomplete="new-password" required maxlength="1024">
<label for="code">One-time code that the app shows</label><input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="12">
<button>Enrol</button></form>`;
  return page('Enrol an emergency account', content);
}
