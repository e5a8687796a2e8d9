import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { escapeHtml } from '../../shared/escape-html.ts';
import { currentLocale } from '../../shared/messages/language.ts';
import { forReader } from '../page-texts/for-reader.ts';
import { pageHtml } from '../page-texts/markup.ts';
import { pageText } from '../page-texts/page-text.ts';

const style = `
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--line:#e2e5ea;--text:#171a21;--muted:#555d6b;--accent:#2f5bd7;--on:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#111318;--card:#1a1d24;--line:#2b303a;--text:#eef0f4;--muted:#a6aebb;--accent:#8fadff;--on:#10131a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--bg);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:27rem;width:100%;padding:40px 36px;text-align:center;background:var(--card);border:1px solid var(--line);border-radius:18px}
h1{margin:0 0 8px;font-size:1.4rem;line-height:1.25}
p{margin:0;color:var(--muted);overflow-wrap:anywhere}
.detail{margin-top:16px;font-size:.875rem}
button{margin-top:24px;font:inherit;font-weight:600;padding:10px 20px;border-radius:8px;border:1px solid var(--accent);background:var(--accent);color:var(--on);cursor:pointer}
button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}`;

/** A page of the bridge and the headers that it must be sent with. */
export interface BridgePage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function page(title: string, content: string, script: string | null): BridgePage {
  const nonce = randomBytes(16).toString('base64');
  const code = script === null ? '' : `<script nonce="${nonce}">${script}</script>`;
  return {
    body: `<!doctype html>
<html lang="${currentLocale()}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><style nonce="${nonce}">${style}</style></head>
<body><main>${content}</main>${code}</body></html>
`,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy':
        `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; frame-ancestors 'none'; base-uri 'none'` +
        (script === null ? '' : `; script-src 'nonce-${nonce}'`),
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
    },
  };
}

/**
 * A page with one message.
 * @param detail what IT wants to know, in English
 */
export function messagePage(title: string, text: string, detail?: string): BridgePage {
  const below = detail === undefined ? '' : `<p class="detail" lang="en">${escapeHtml(detail)}</p>`;
  return page(title, `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${below}`, null);
}

/** The person is signed out, here or also of Causeway. */
export function signedOutPage(text: 'bridge.signed-out.text' | 'bridge.signed-out.too'): BridgePage {
  return messagePage(pageText('bridge.signed-out'), pageText(text));
}

/** Sends fields to another site at once; with a button where scripts don’t run. */
export function postPage(action: string, fields: Readonly<Record<string, string>>): BridgePage {
  const inputs = Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');
  const title = pageText('bridge.signing-in');
  return page(
    title,
    `<h1>${escapeHtml(title)}</h1><p>${pageHtml('bridge.signing-in.text')}</p>
<form method="post" action="${escapeHtml(action)}">${inputs}<button>${pageHtml('bridge.signing-in.button')}</button></form>`,
    'document.forms[0].submit()',
  );
}

/** Confirms the end of the bridge’s session at once, because the app has already asked the person. */
export function signOutPage(form: string): BridgePage {
  const completed = form.replace(
    '</form>',
    () =>
      `<input type="hidden" name="logout" value="yes"><button>${pageHtml('bridge.signing-out.button')}</button></form>`,
  );
  const title = pageText('bridge.signing-out');
  return page(
    title,
    `<h1>${escapeHtml(title)}</h1><p>${pageHtml('bridge.signing-out.text')}</p>${completed}`,
    'document.forms[0].submit()',
  );
}

/** Answers with a page in the language of whoever asked. */
export function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  make: () => BridgePage,
): void {
  const { page: made, headers } = forReader(request.headers['accept-language'], make);
  response.writeHead(status, { ...made.headers, ...headers, 'Content-Length': Buffer.byteLength(made.body) });
  response.end(made.body);
}
