import { describe, expect, it } from 'vitest';
import { signalsSchema } from '../../../relay/config/signals-schema.ts';
import { planSignals, type SignalPlan } from '../../../relay/signals/plan-signals.ts';
import { caep, risc, ssf } from './start-transmitter.ts';

const issuer = 'https://idp.example';
const [transmitter] = signalsSchema.parse([{ name: 'okta', transmitter: issuer, push: { bearer: ['x'] } }]);
const events = transmitter?.events ?? {
  session_revoked: 'none',
  credential_change: 'none',
  account_disabled: 'none',
  account_purged: 'none',
  account_enabled: 'none',
};
const subject = { format: 'iss_sub', iss: issuer, sub: 'a-1' };
const plan = (type: string, payload: object = {}, changed: Partial<typeof events> = {}): SignalPlan | undefined =>
  planSignals(
    { jti: 'j', issuedAtMs: 1000, happenedAtMs: null, subject, events: [[type, { ...payload }]] },
    { issuers: [issuer], subjects: { email: 'username', opaque: 'subject' }, events: { ...events, ...changed } },
  )[0];

describe('what is done about an event', () => {
  it.each<[string, string, object, string]>([
    ['a session ends', `${caep}session-revoked`, {}, 'revoke'],
    ['all sessions end', `${risc}sessions-revoked`, {}, 'revoke'],
    [
      'a password is changed',
      `${caep}credential-change`,
      { credential_type: 'password', change_type: 'update' },
      'revoke',
    ],
    ['a key is revoked', `${caep}credential-change`, { change_type: 'revoke' }, 'revoke'],
    ['a credential changes somehow', `${caep}credential-change`, {}, 'revoke'],
    ['an account is disabled', `${risc}account-disabled`, { reason: 'hijacking' }, 'lock'],
    ['an account is deleted', `${risc}account-purged`, {}, 'lock'],
    ['an account is enabled', `${risc}account-enabled`, {}, 'unlock'],
  ])('when %s', (_, type, payload, action) => {
    expect(plan(type, payload)).toMatchObject({ type: 'act', action, subject: { subject: 'a-1' } });
  });

  it.each<[string, string, object, Partial<typeof events>, object]>([
    ['a further key is made', `${caep}credential-change`, { change_type: 'create' }, {}, { because: 'configured' }],
    ['the config says so', `${caep}session-revoked`, {}, { session_revoked: 'none' }, { because: 'configured' }],
    ['it is of a kind that isn’t known', `${caep}assurance-level-change`, {}, {}, { because: 'unknownEvent' }],
  ])('is nothing when %s', (_, type, payload, changed, expected) => {
    expect(plan(type, payload, changed)).toMatchObject({ type: 'nothing', ...expected });
  });

  it('is noted when it is about the stream itself, which needs no subject', () => {
    expect(plan(`${ssf}verification`, { state: 'abc' })).toEqual({ type: 'verification', state: 'abc' });
    expect(plan(`${ssf}stream-updated`, { status: 'paused' })).toEqual({ type: 'stream-updated', status: 'paused' });
  });

  it('goes by when it happened, and says why in one line', () => {
    const reason = { en: 'Landspeed\nPolicy\u202E violated' };
    expect(plan(`${caep}session-revoked`, { event_timestamp: 500, reason_admin: reason })).toMatchObject({
      asOfMs: 500_000,
      why: 'session-revoked: Landspeed Policy  violated',
    });
    expect(plan(`${caep}session-revoked`)).toMatchObject({ asOfMs: 1000, why: 'session-revoked' });
  });

  it('finds the subject in the event where the token has none, as drafts put it', () => {
    const set = { jti: 'j', issuedAtMs: 1000, happenedAtMs: 2000, subject: undefined } as const;
    const rules = { issuers: [issuer], subjects: { email: 'username', opaque: 'subject' }, events } as const;
    expect(planSignals({ ...set, events: [[`${caep}session-revoked`, { subject }]] }, rules)).toMatchObject([
      { type: 'act', subject: { subject: 'a-1' }, asOfMs: 2000 },
    ]);
    expect(() => planSignals({ ...set, events: [[`${caep}session-revoked`, {}]] }, rules)).toThrow('names no subject');
  });
});
