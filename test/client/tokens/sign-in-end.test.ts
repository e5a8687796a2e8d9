import { describe, expect, it } from 'vitest';
import { signInEndOf } from '../../../client/tokens/sign-in-end.ts';
import { fromTokenResponse, type TokenSet } from '../../../client/tokens/token-set.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const issuer: TokenSet['issuer'] = {
  name: 'Example',
  issuer: 'https://idp.example',
  clientId: 'app',
  scopes: ['openid'],
  dpop: 'off',
  redirectPorts: [],
};
const signedIn = (signIn?: TokenSet['issuer']['signIn'], refreshEnd?: TokenSet['refreshEnd']) =>
  signInEndOf({
    issuer: { ...issuer, ...(signIn ? { signIn } : {}) },
    signedInAtMs: 0,
    ...(refreshEnd ? { refreshEnd } : {}),
  });
const hours = (lasts: number, warn?: number): TokenSet['issuer']['signIn'] => ({
  lastsSeconds: lasts * 3600,
  ...(warn === undefined ? {} : { warnSeconds: warn * 3600 }),
});

describe('the end of a sign-in', () => {
  it.each<[string, ReturnType<typeof signedIn>, number | undefined, number | undefined]>([
    ['nobody says it', signedIn(), undefined, undefined],
    ['only a warning is said', signedIn({ warnSeconds: 60 }), undefined, undefined],
    [
      'the provider moves it with each renewal',
      signedIn(undefined, { atMs: hour, isFixed: false }),
      undefined,
      undefined,
    ],
    ['it is a week away: a day before', signedIn(hours(168)), 7 * day, 6 * day],
    ['it is three days away: a day before', signedIn(hours(72)), 3 * day, 2 * day],
    ['it is ten hours away: an hour before', signedIn(hours(10)), 10 * hour, 9 * hour],
    ['it is half an hour away: five minutes before', signedIn(hours(0.5)), 30 * minute, 25 * minute],
    ['it is six minutes away: in the middle', signedIn(hours(0.1)), 6 * minute, 3 * minute],
    ['the config says how long before', signedIn(hours(10, 2)), 10 * hour, 8 * hour],
    ['the config wants no warning', signedIn(hours(10, 0)), 10 * hour, 10 * hour],
    ['the provider keeps to it', signedIn(undefined, { atMs: 8 * day, isFixed: true }), 8 * day, 7 * day],
    ['both say it: the earlier one', signedIn(hours(20), { atMs: 10 * hour, isFixed: true }), 10 * hour, 9 * hour],
  ])('when %s', (_when, end, atMs, warnAtMs) => {
    expect(end?.atMs).toBe(atMs);
    expect(end?.warnAtMs).toBe(warnAtMs);
  });
});

describe('what a provider says of its refresh token', () => {
  const answered = (more: object, previous?: TokenSet['refreshEnd']) =>
    fromTokenResponse(
      { access_token: 'x', token_type: 'bearer', expires_in: 300, ...more },
      { refreshToken: 'r', idToken: null, generation: 1, ...(previous ? { refreshEnd: previous } : {}) },
      10 * minute,
    ).refreshEnd;

  it.each<[string, object, TokenSet['refreshEnd'] | undefined, TokenSet['refreshEnd'] | undefined]>([
    ['nothing', {}, { atMs: hour, isFixed: true }, undefined],
    ['that it never ends', { refresh_expires_in: 0 }, undefined, undefined],
    ['no number', { refresh_expires_in: 'soon' }, undefined, undefined],
    ['an end, for the first time', { refresh_expires_in: 1800 }, undefined, { atMs: 40 * minute, isFixed: false }],
    [
      'a later end than before',
      { refresh_expires_in: 1800 },
      { atMs: 30 * minute, isFixed: false },
      { atMs: 40 * minute, isFixed: false },
    ],
    [
      'the same end as before',
      { refresh_expires_in: 1200 },
      { atMs: 30 * minute + 1000, isFixed: false },
      { atMs: 30 * minute, isFixed: true },
    ],
    ['the other name', { refresh_token_expires_in: '1800' }, undefined, { atMs: 40 * minute, isFixed: false }],
  ])('%s', (_what, more, previous, kept) => {
    expect(answered(more, previous)).toEqual(kept);
  });
});
