import { escapeHtml } from '../../../shared/escape-html.ts';
import { currentLocale } from '../../../shared/messages/language.ts';
import { consolePath } from '../../config/console-origin.ts';
import { markup, pageHtml } from '../../page-texts/markup.ts';
import { pageText } from '../../page-texts/page-text.ts';

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
<html lang="${currentLocale()}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${pageHtml('console.title', { title })}</title>
<link rel="stylesheet" href="${pageStylePath}">
</head>
<body><main><h1>${escapeHtml(title)}</h1>${body}</main></body>
</html>
`;
}

/** What went wrong on the way, as a page says it. */
export interface ProblemWords {
  readonly title: string;
  readonly detail: string;
  /** Language of `detail`, where it is another one than the page’s. */
  readonly detailLanguage?: 'en' | undefined;
  readonly hint: string;
}

/** What went wrong on the way, and how to go on. */
export function problemPage({ title, detail, detailLanguage, hint }: ProblemWords): string {
  const lang = detailLanguage === undefined ? '' : ` lang="${detailLanguage}"`;
  return page(
    title,
    `<p${lang}>${escapeHtml(detail)}</p><p>${escapeHtml(hint)}</p><p><a href="${consolePath}">${pageHtml('console.back')}</a></p>`,
  );
}

/** Which of several providers to sign in at. */
export function choicePage(choices: readonly { readonly name: string; readonly start: string }[]): string {
  const items = choices.map(({ name, start }) => `<li><a href="${escapeHtml(start)}">${escapeHtml(name)}</a></li>`);
  return page(pageText('console.choice'), `<ul>${items.join('')}</ul>`);
}

/** In place of the console, where its files aren’t built. */
export function notBuiltPage(command: string): string {
  const text = pageHtml('console.not-built.text', { command: markup('code', command) });
  return page(pageText('console.not-built'), `<p>${text}</p>`);
}

/** In place of the console, where the browser has used another address than its own. */
export function otherAddressPage(url: string): string {
  const text = pageHtml('console.other-address.text', {
    url: markup(`a href="${escapeHtml(url)}"`, url),
    key: markup('code', 'admin.url'),
  });
  return page(pageText('console.other-address'), `<p>${text}</p>`);
}
