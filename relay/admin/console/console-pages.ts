import { escapeHtml } from '../../../shared/escape-html.ts';
import { consolePath } from '../../config/console-origin.ts';

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { max-width: 34rem; padding: 2rem; }
h1 { font-size: 1.375rem; line-height: 1.3; }
a { color: LinkText; }
ul { padding-left: 1.25rem; }
code { overflow-wrap: anywhere; }
`;

/** Where the style of these pages is; a policy without inline style keeps it out of them. */
export const pageStylePath = '/console/auth/page.css';
export const pageStyle = style;

/** A page without scripts. `body` is HTML. */
function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Causeway</title>
<link rel="stylesheet" href="${pageStylePath}">
</head>
<body><main><h1>${escapeHtml(title)}</h1>${body}</main></body>
</html>
`;
}

/** What went wrong on the way, and how to go on. */
export function problemPage(title: string, detail: string, hint: string): string {
  return page(
    title,
    `<p>${escapeHtml(detail)}</p><p>${escapeHtml(hint)}</p><p><a href="${consolePath}">Go to the console</a></p>`,
  );
}

/** Which of several providers to sign in at. */
export function choicePage(choices: readonly { readonly name: string; readonly start: string }[]): string {
  const items = choices.map(({ name, start }) => `<li><a href="${escapeHtml(start)}">${escapeHtml(name)}</a></li>`);
  return page('Where do you sign in?', `<ul>${items.join('')}</ul>`);
}

/** In place of the console, where its files aren’t built. */
export function notBuiltPage(command: string): string {
  return page(
    'The console isn’t built yet',
    `<p>This relay runs from its sources. Run <code>${escapeHtml(command)}</code> there, then load this page again.</p>`,
  );
}

/** In place of the console, where the browser has used another address than its own. */
export function otherAddressPage(url: string): string {
  return page(
    'The console has another address',
    `<p>It answers at <a href="${escapeHtml(url)}">${escapeHtml(url)}</a>, because its cookie counts only there. If you reach it otherwise, set <code>admin.url</code>.</p>`,
  );
}
