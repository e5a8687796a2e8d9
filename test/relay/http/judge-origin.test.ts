import { expect, test } from 'vitest';
import { judgeOrigin } from '../../../relay/http/judge-origin.ts';

const host = '127.0.0.1:7101';
const listed = ['https://tools.example'];

test.each<[string, string | undefined, string | undefined]>([
  ['another port of this computer', 'http://127.0.0.1:7102', 'same-site'],
  ['the same port over https', 'https://127.0.0.1:7101', 'same-origin'],
  ['another name for the same address', 'http://localhost:7101', 'cross-site'],
  ['a name that begins alike', 'http://127.0.0.1:7101.evil.example', undefined],
  ['an origin that hides itself', 'null', 'cross-site'],
  ['an empty origin', '', undefined],
  ['a listed origin with a slash more', 'https://tools.example/', undefined],
  ['a listed origin in capitals', 'https://TOOLS.example', undefined],
  ['two origins in one', 'https://tools.example, https://evil.example', undefined],
  ['a page of another site without an origin', undefined, 'cross-site'],
  ['a page of another port without an origin', undefined, 'same-site'],
  ['a value that no browser sends', undefined, 'same-origin, none'],
  ['an empty value', undefined, ''],
])('%s is refused', (_what, origin, fetchSite) => {
  expect(judgeOrigin(host, origin, fetchSite, listed).allowed).toBe(false);
});

test.each<[string, string | undefined, string | undefined]>([
  ['a program', undefined, undefined],
  ['the person’s own navigation', undefined, 'none'],
  ['the address’s own page', 'http://127.0.0.1:7101', 'same-origin'],
  ['its GET, which has no origin', undefined, 'same-origin'],
  ['a listed page', 'https://tools.example', 'cross-site'],
])('%s is let through', (_what, origin, fetchSite) => {
  expect(judgeOrigin(host, origin, fetchSite, listed)).toEqual({ allowed: true });
});
