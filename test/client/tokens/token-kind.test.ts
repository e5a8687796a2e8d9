import { expect, it } from 'vitest';
import { fromTokenResponse } from '../../../client/tokens/token-set.ts';

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const idToken = `${encoded({ alg: 'none' })}.${encoded({ sub: 'alice', exp: 2_000_000_600 })}.`;
const nowMs = 2_000_000_000_000;
const none = { refreshToken: null, idToken: null, generation: 0 };
const response = { access_token: 'opaque', token_type: 'bearer', expires_in: 60, refresh_token: 'next' } as const;

it('the access token is presented unless the relay asks for the ID token', () => {
  const answer = { ...response, id_token: idToken };
  expect(fromTokenResponse(answer, none, nowMs)).toMatchObject({ accessToken: 'opaque', expiresAtMs: nowMs + 60_000 });
  expect(fromTokenResponse(answer, none, nowMs, 'id_token')).toMatchObject({
    scheme: 'bearer',
    accessToken: idToken,
    idToken,
    expiresAtMs: nowMs + 600_000,
    refreshToken: 'next',
  });
});

it('a renewal without an ID token is an error where the relay wants one, not an old token presented again', () => {
  const before = { refreshToken: 'old', idToken, generation: 3 };
  expect(() => fromTokenResponse(response, before, nowMs, 'id_token')).toThrow(
    expect.objectContaining({ code: 'idp-misconfigured', message: expect.stringMatching(/wants an ID token/) }),
  );
  expect(fromTokenResponse(response, before, nowMs)).toMatchObject({ accessToken: 'opaque', idToken });
});
