import { escapeHtml } from '../../../shared/escape-html.ts';
import { demoPassword, type DemoPerson } from './demo-people.ts';

const style = `
:root { color-scheme: light dark; --bg: #f4f5f8; --card: #fff; --text: #1a1d24; --muted: #565d6b; --line: #d3d7df; --accent: #2f5bd7; --on: #fff; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --bg: #14161b; --card: #1e2128; --text: #eceef2; --muted: #a9b0bd; --line: #3a3f4a; --accent: #8fadff; --on: #10131a; --bad: #ffb4ab } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 400px; background: var(--card); border: 1px solid var(--line); border-radius: 16px; padding: 32px }
h1 { font-size: 22px; margin: 0 0 4px } p { margin: 0 0 20px; color: var(--muted) }
label { display: block; font-weight: 600; margin: 0 0 4px }
input { width: 100%; font: inherit; padding: 9px 12px; margin: 0 0 16px; border: 1px solid var(--line); border-radius: 8px; background: var(--bg); color: var(--text) }
button { width: 100%; font: inherit; font-weight: 600; padding: 10px 12px; border-radius: 8px; border: 1px solid var(--accent); background: var(--accent); color: var(--on); cursor: pointer }
button.person { display: flex; justify-content: space-between; gap: 12px; background: transparent; color: var(--text); border-color: var(--line); font-weight: 500; margin: 0 0 8px; text-align: left }
button.person small { color: var(--muted) } button.plain { background: transparent; color: var(--muted); border-color: transparent; margin-top: 8px }
:is(button, input):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
h2 { font-size: 14px; color: var(--muted); margin: 24px 0 8px; font-weight: 600 } [role=alert] { color: var(--bad); font-weight: 600 }`;

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>${body}</main></body></html>`;
}

/** The sign-in page: user name and password, the demo people as one-click choices, and a way to refuse. */
export function loginPage(options: { action: string; people: readonly DemoPerson[]; problem: string | null }): string {
  const action = escapeHtml(options.action);
  const people = options.people
    .map(
      (person) => `<form method="post" action="${action}">
<input type="hidden" name="user" value="${escapeHtml(person.user)}"><input type="hidden" name="password" value="${demoPassword}">
<button class="person" data-user="${escapeHtml(person.user)}"><span>${escapeHtml(person.name)}</span> <small>${escapeHtml(person.groups.join(', '))}</small></button></form>`,
    )
    .join('\n');
  const problem = options.problem === null ? '' : `<p role="alert">${escapeHtml(options.problem)}</p>`;
  return page(
    'Sign in · Example Company',
    `<h1>Sign in</h1><p>Example Company’s demo identity provider</p>${problem}
<form method="post" action="${action}">
<label for="user">User name</label><input id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<button name="decision" value="allow">Sign in</button></form>
<h2>Or sign in as</h2>${people}
<form method="post" action="${action}"><button class="plain" name="decision" value="deny">Cancel and go back</button></form>`,
  );
}

/** A page with one message, for errors and ends. */
export function messagePage(title: string, text: string): string {
  return page(`${title} · Example Company`, `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>`);
}

/** Confirms the end of the provider's session at once, because the app has already asked the person. */
export function logoutPage(form: string): string {
  return page(
    'Signing out · Example Company',
    `<h1>Signing out</h1><p>One moment.</p>${form}
<button form="op.logoutForm" name="logout" value="yes">Sign out</button>
<script>const field = document.createElement('input'); field.type = 'hidden'; field.name = 'logout'; field.value = 'yes';
const form = document.getElementById('op.logoutForm'); form.append(field); form.submit();</script>`,
  );
}

/** Where a device's code is entered or confirmed; the provider's form has no button of its own. */
export function devicePage(form: string, button: string): string {
  const id = /<form id="(?<id>[^"]+)"/u.exec(form)?.groups?.['id'] ?? '';
  return page(
    'Sign in a device · Example Company',
    `<h1>Sign in a device</h1><p>Enter the code that the device shows.</p>${form}
<button form="${escapeHtml(id)}">${escapeHtml(button)}</button>
<button form="${escapeHtml(id)}" class="plain" name="abort" value="yes">Cancel</button>`,
  );
}
