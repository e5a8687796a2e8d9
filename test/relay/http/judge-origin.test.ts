import { plainReason } from '../../../shared/plain-reason.ts';
import { expect, test } from 'vitest';
import { judgeOrigin } from '../../../relay/request/gates/judge-origin.ts';
import type { PageClaims } from '../../../relay/request/gates/request-headers.ts';

const host = '127.0.0.1:7101';
const listed = ['https://tools.example'];

function judge(page: Partial<PageClaims>, method = 'GET', navigation = false): boolean {
  const none = { origin: undefined, fetchSite: undefined, fetchMode: undefined, fetchDest: undefined };
  return judgeOrigin({ host, method }, { ...none, ...page }, { allowedOrigins: listed, navigation }).allowed;
}

const link = { fetchSite: 'cross-site', fetchMode: 'navigate', fetchDest: 'document' };

test.each<[string, string | undefined, string | undefined]>([
  ['another port of this computer', 'http://127.0.0.1:7102', 'same-site'],
  ['the same port over https', 'https://127.0.0.1:7101', 'same-origin'],
  ['another name for the same address', 'http://localhost:7101', 'cross-site'],
  ['a name that begins alike', 'http://127.0.0.1:7101.evil.example', undefined],
  ['an origin that hides itself', 'null', 'cross-site'],
  ['an origin that hides itself on another port', 'null', 'same-site'],
  ['an origin that hides itself, without a browser’s word', 'null', undefined],
  ['an origin that hides itself, of no page at all', 'null', 'none'],
  ['an origin that hides itself, with an odd word', 'null', 'same-origin, cross-site'],
  ['NULL', 'NULL', 'same-origin'],
  ['another origin that says it is the same', 'https://evil.example', 'same-origin'],
  ['an empty origin', '', undefined],
  ['a listed origin with a slash more', 'https://tools.example/', undefined],
  ['a listed origin in capitals', 'https://TOOLS.example', undefined],
  ['two origins in one', 'https://tools.example, https://evil.example', undefined],
  ['a page of another site without an origin', undefined, 'cross-site'],
  ['a page of another port without an origin', undefined, 'same-site'],
  ['a value that no browser sends', undefined, 'same-origin, none'],
  ['an empty value', undefined, ''],
])('%s is refused', (_what, origin, fetchSite) => {
  expect(judge({ origin, fetchSite })).toBe(false);
  expect(judge({ origin, fetchSite }, 'POST', true)).toBe(false);
});

test.each<[string, string | undefined, string | undefined]>([
  ['a program', undefined, undefined],
  ['the person’s own navigation', undefined, 'none'],
  ['the address’s own page', 'http://127.0.0.1:7101', 'same-origin'],
  ['its GET, which has no origin', undefined, 'same-origin'],
  ['its form under Referrer-Policy: no-referrer', 'null', 'same-origin'],
  ['a listed page', 'https://tools.example', 'cross-site'],
])('%s is let through', (_what, origin, fetchSite) => {
  expect(judge({ origin, fetchSite })).toBe(true);
  expect(judge({ origin, fetchSite }, 'POST')).toBe(true);
});

test.each<[string, Partial<PageClaims>, string]>([
  ['a frame', { ...link, fetchDest: 'iframe' }, 'GET'],
  ['an old frame', { ...link, fetchDest: 'frame' }, 'GET'],
  ['a plug-in', { ...link, fetchDest: 'embed' }, 'GET'],
  ['an image', { ...link, fetchMode: 'no-cors', fetchDest: 'image' }, 'GET'],
  ['a fetch', { ...link, fetchMode: 'cors', fetchDest: 'empty' }, 'GET'],
  ['a form’s POST', link, 'POST'],
  ['a form’s POST with its origin', { ...link, origin: 'https://wiki.example' }, 'POST'],
  ['a GET with another’s origin', { ...link, origin: 'https://wiki.example' }, 'GET'],
  ['a GET with a hidden origin', { ...link, origin: 'null' }, 'GET'],
  ['a WebSocket', { ...link, fetchMode: 'websocket', fetchDest: 'websocket' }, 'GET'],
  ['a page without a destination', { ...link, fetchDest: undefined }, 'GET'],
  ['a page without a mode', { ...link, fetchMode: undefined }, 'GET'],
  ['an unknown site', { ...link, fetchSite: 'elsewhere' }, 'GET'],
])('where links may open pages, %s of another site is refused all the same', (_what, page, method) => {
  expect(judge(page, method, true)).toBe(false);
});

test.each(['cross-site', 'same-site'])('a link on a %s page opens a page only where the API allows it', (fetchSite) => {
  expect(judge({ ...link, fetchSite }, 'GET', false)).toBe(false);
  expect(judge({ ...link, fetchSite }, 'GET', true)).toBe(true);
  expect(judge({ ...link, fetchSite }, 'HEAD', true)).toBe(true);
  expect(judge({ ...link, fetchSite }, 'DELETE', true)).toBe(false);
});

test.each<[page: Partial<PageClaims>, detail: string]>([
  [{ origin: 'https://evil.example' }, 'The page’s origin “https://evil.example” isn’t allowed to use this API.'],
  [{ origin: 'x'.repeat(300) }, `The page’s origin “${'x'.repeat(200)}” isn’t allowed to use this API.`],
  [{ fetchSite: 'cross-site' }, 'The browser says that a page of another site made the request (cross-site).'],
  [{ fetchSite: 'y'.repeat(60) }, `The browser says that a page of another site made the request (${'y'.repeat(50)}).`],
  [
    link,
    'A link on a page of another site led here (cross-site), and this API doesn’t allow that. Open the address itself.',
  ],
])('%j is refused with the reason', (page, detail) => {
  const none = { origin: undefined, fetchSite: undefined, fetchMode: undefined, fetchDest: undefined };
  const rules = { allowedOrigins: listed, navigation: false };
  const verdict = judgeOrigin({ host, method: 'GET' }, { ...none, ...page }, rules);
  expect(verdict.allowed ? '' : plainReason(verdict.why)).toBe(detail);
});
