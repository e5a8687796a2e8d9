import { describe, expect, it } from 'vitest';
import type { AuditLog } from '../../../relay/audit/audit-record.ts';
import { authenticateCaller } from '../../../relay/identity/authenticate-caller.ts';
import type { Authenticator } from '../../../relay/identity/identity.ts';
import { AccessError, type ErrorCode } from '../../../shared/errors.ts';
import { bearer } from './test-issuer.ts';

/** Fails every caller with this code. */
function refusing(code: ErrorCode): Authenticator {
  return {
    authenticate: () => Promise.reject(new AccessError(code, 'refused')),
    readiness: () => ({ ready: true, problems: [] }),
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
