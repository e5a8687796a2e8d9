import { escapeHtml } from '../../shared/escape-html.ts';
import { currentLocale, directionOf } from '../../shared/messages/language.ts';

/** Headers of every page of the callback server: nothing is cached, loaded, framed or told to another site. */
export const callbackPageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  connection: 'close',
} as const;

const marks = {
  done: '<path d="M5 13l4 4L19 7"/>',
  failed: '<path d="M6 6l12 12M18 6L6 18"/>',
} as const;

const style = `
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--line:#e2e5ea;--text:#171a21;--muted:#555d6b;--good:#0d7d4d;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--bg:#111318;--card:#1a1d24;--line:#2b303a;--text:#eef0f4;--muted:#a6aebb;--good:#4fd195;--bad:#ff9d94}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--bg);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:27rem;width:100%;padding:40px 36px;text-align:center;background:var(--card);border:1px solid var(--line);border-radius:18px;box-shadow:0 12px 40px rgb(0 0 0/.07)}
svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:2.5;stroke-linecap:round;stroke-linejoin:round}
.mark{display:inline-grid;place-items:center;width:60px;height:60px;border-radius:50%;border:2px solid currentColor}
.done{color:var(--good)}.failed{color:var(--bad)}
h1{margin:20px 0 8px;font-size:1.4rem;line-height:1.25;letter-spacing:-.01em}
p{margin:0;color:var(--muted);overflow-wrap:anywhere}
footer{margin-top:28px;font-size:.85rem;color:var(--muted)}`;

/** One self-contained page, light and dark, without scripts; all texts are escaped. */
export function callbackPage(page: {
  readonly kind: keyof typeof marks;
  readonly title: string;
  readonly text: string;
}): string {
  return `<!doctype html>
<html lang="${currentLocale()}" dir="${directionOf(currentLocale())}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(page.title)}</title><link rel="icon" href="data:,"><style>${style}</style></head>
<body><main><span class="mark ${page.kind}"><svg viewBox="0 0 24 24" aria-hidden="true">${marks[page.kind]}</svg></span>
<h1>${escapeHtml(page.title)}</h1><p>${escapeHtml(page.text)}</p><footer>Causeway</footer></main></body></html>
`;
}
