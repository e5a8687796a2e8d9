import { describe, expect, it } from 'vitest';
import type { AuditLog } from '../../../relay/audit/audit-record.ts';
import { authenticateCaller, recordRefusal } from '../../../relay/identity/authenticate-caller.ts';
import type { Authenticator } from '../../../relay/identity/identity.ts';
import { DpopNonceError } from '../../../relay/identity/dpop-nonces.ts';
import { TryLaterError } from '../../../relay/identity/try-later-error.ts';
import { AccessError, type ErrorCode } from '../../../shared/errors.ts';
import { bearer } from './test-issuer.ts';

/** Fails every caller with this code, or with what is given instead. */
function refusing(code: ErrorCode, thrown: unknown = new AccessError(code, 'refused')): Authenticator {
  return {
    // oxlint-disable-next-line prefer-promise-reject-errors -- what isn’t an error is refused all the same
    authenticate: () => Promise.reject(thrown),
    readiness: () => ({ ready: true, wasReady: true, problems: [] }),
    recheck: () => Promise.resolve('unknown'),
    recheckAfterMs: () => undefined,
    acceptLogoutToken: () => Promise.reject(new AccessError(code, 'refused')),
    signOut: () => Promise.reject(new AccessError(code, 'refused')),
    close: () => undefined,
  };
}

describe('authenticateCaller', () => {
  for (const [code, httpStatus, records] of [
    ['token-rejected', 401, 1],
    ['sign-in-expired', 401, 1],
    ['clock-skew', 401, 1],
    ['idp-unreachable', 503, 1],
    ['shared-state-unavailable', 503, 1],
    ['overloaded', 503, 0],
    ['internal', 503, 0],
  ] as const)
    it(`answers ${code} with ${httpStatus}, ${records === 0 ? 'unrecorded: nobody looked at it' : 'once it is recorded'}`, async () => {
      let appended = 0;
      const audit = {
        append(_record: unknown, done: (error: Error | null) => void) {
          appended += 1;
          done(null);
        },
      } as unknown as AuditLog;
      const verdict = await authenticateCaller(bearer('a.b.c'), '127.0.0.1', refusing(code), audit);
      expect(verdict).toMatchObject({ status: 'refused', httpStatus, error: { code } });
      expect(appended).toBe(records);
    });
});

/** An audit that fails with this, and what it was given. */
function auditFailing(failure: Error | null): { readonly audit: AuditLog; readonly records: unknown[] } {
  const records: unknown[] = [];
  const append = (record: unknown, done: (error: Error | null) => void): void => {
    records.push(record);
    done(failure);
  };
  return { audit: { append } as unknown as AuditLog, records };
}

const verdictOf = async (thrown: unknown, failure: Error | null = null) => {
  const { audit, records } = auditFailing(failure);
  const verdict = await authenticateCaller(bearer('a.b.c'), '192.0.2.1', refusing('internal', thrown), audit);
  return { verdict, records };
};

describe('a caller', () => {
  it('without credentials is refused without a record', async () => {
    const { audit, records } = auditFailing(null);
    const verdict = await authenticateCaller(null, '192.0.2.1', refusing('internal'), audit);
    expect(verdict).toMatchObject({
      status: 'refused',
      httpStatus: 401,
      retryAfterSeconds: 5,
      error: { code: 'token-rejected' },
    });
    expect(records).toEqual([]);
  });

  it('whose proof lacks a nonce gets one, without a record', async () => {
    const { verdict, records } = await verdictOf(new DpopNonceError('needs', 'n-1'));
    expect(verdict).toMatchObject({ httpStatus: 401, dpopNonce: 'n-1' });
    expect(records).toEqual([]);
  });

  it('hears when to ask again, where somebody knows', async () => {
    expect((await verdictOf(new TryLaterError('x', 16_001))).verdict).toMatchObject({
      httpStatus: 503,
      retryAfterSeconds: 17,
    });
    expect((await verdictOf(new AccessError('overloaded', 'x'))).verdict).toMatchObject({ retryAfterSeconds: 5 });
  });

  it('is refused as by a fault of the relay for what isn’t a refusal', async () => {
    const { verdict, records } = await verdictOf(new TypeError('planted'));
    expect(verdict).toMatchObject({
      httpStatus: 503,
      error: { code: 'internal', message: 'The token could not be checked.' },
    });
    expect(records).toEqual([]);
  });

  it('isn’t told why when that can’t be recorded', async () => {
    const { verdict, records } = await verdictOf(new AccessError('token-rejected', 'x'), new Error('the disk is full'));
    expect(verdict).toMatchObject({
      httpStatus: 503,
      error: { code: 'audit-unavailable', message: 'the disk is full' },
    });
    expect(records).toHaveLength(1);
  });
});

describe('the record of a refusal', () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claimedBy = async (token: string): Promise<unknown> => {
    const { audit, records } = auditFailing(null);
    expect(
      await recordRefusal(audit, '192.0.2.1', token, new AccessError('token-rejected', 'why'), 'token'),
    ).toBeNull();
    expect(records).toMatchObject([
      {
        type: 'authentication-refused',
        remoteAddress: '192.0.2.1',
        code: 'token-rejected',
        detail: 'why',
        of: 'token',
      },
    ]);
    return (records[0] as { claimed: unknown }).claimed;
  };

  it.each<[what: string, token: string]>([
    ['an opaque token', 'opaque'],
    ['claims that aren’t JSON', 'a.b.c'],
    ['claims that are null', `a.${part(null)}.c`],
    ['claims that are a text', `a.${part('iss')}.c`],
    ['a token that is too large', `a.${part({ iss: 'i', sub: 's' })}.${'c'.repeat(20_000)}`],
  ])('names nobody for %s', async (_what, token) => {
    expect(await claimedBy(token)).toBeNull();
  });

  it.each<[claims: object, claimed: object]>([
    [
      { iss: 'i', sub: 's', secret: 'x' },
      { issuer: 'i', subject: 's' },
    ],
    [
      { iss: 7, sub: ['s'] },
      { issuer: '', subject: '' },
    ],
    [
      { iss: 'i'.repeat(201), sub: 's'.repeat(201) },
      { issuer: 'i'.repeat(200), subject: 's'.repeat(200) },
    ],
  ])('names who %j claims to be, shortened', async (claims, claimed) => {
    expect(await claimedBy(`a.${part(claims)}.c`)).toEqual(claimed);
  });

  it('names whom a token of 20,000 characters claims to be', async () => {
    const begin = `a.${part({ iss: 'i', sub: 's' })}.`;
    expect(await claimedBy(begin.padEnd(20_000, 'c'))).toEqual({ issuer: 'i', subject: 's' });
  });
});
