import type { Context } from 'hono';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { AdminEnv } from '../../../relay/admin/admin-env.ts';
import { auditOfStrangers } from '../../../relay/admin/audit-of-strangers.ts';
import { authenticateOperator, type OperatorGateOptions } from '../../../relay/admin/authenticate-operator.ts';
import type { AuditLog, AuditRecord } from '../../../relay/audit/audit-record.ts';
import { recordRefusalOf } from '../../../relay/identity/authenticate-caller.ts';
import { AccessError } from '../../../shared/errors.ts';

function kept(): { readonly audit: AuditLog; readonly details: () => readonly string[] } {
  const records: AuditRecord[] = [];
  const audit: AuditLog = {
    append(record, done) {
      records.push(record);
      done(null);
    },
    healthy: true,
    close: () => Promise.resolve(),
  };
  return { audit, details: () => records.map((record) => ('detail' in record ? (record.detail ?? '') : '')) };
}

describe('refusals of strangers', () => {
  it.each<[string, (index: number) => string, number]>([
    ['one address', () => '192.0.2.1', 1],
    ['one network of IPv6', (index) => `2001:db8::${index.toString(16)}`, 1],
    ['many addresses', (index) => `192.0.2.${index % 250}`, 30],
  ])('who show nothing, from %s', async (_where, address, most) => {
    const { audit, details } = kept();
    let nowMs = 1000;
    const { ofNobody } = auditOfStrangers(audit, () => nowMs);
    const refuse = (index: number) =>
      recordRefusalOf(ofNobody, address(index), null, new AccessError('token-rejected', 'No token.'));
    for (let index = 0; index < 1000; index += 1) expect(await refuse(index)).toBeNull();
    expect(details()).toHaveLength(most);
    nowMs += 60_001;
    await refuse(7);
    expect(details().at(-1)).toBe(`No token. (before it ${1000 - most} others weren’t recorded)`);
  });

  it('with a token are recorded often enough to be found, of one address and of all', async () => {
    const { audit, details } = kept();
    const { ofTokens } = auditOfStrangers(audit, () => 1000);
    const refuse = (address: string) =>
      recordRefusalOf(ofTokens, address, null, new AccessError('token-rejected', 'Not signed.'));
    for (let index = 0; index < 100; index += 1) await refuse('192.0.2.1');
    expect(details()).toHaveLength(30);
    for (let index = 0; index < 1000; index += 1) await refuse(`198.51.${index % 4}.${index % 250}`);
    expect(details()).toHaveLength(300);
  });

  it('each kind is recorded, and what can’t be written is said', async () => {
    const { audit, details } = kept();
    const { ofNobody } = auditOfStrangers(audit, () => 1000);
    for (const code of ['token-rejected', 'sign-in-expired', 'bad-input', 'bad-input'] as const)
      await recordRefusalOf(ofNobody, '192.0.2.1', null, new AccessError(code, code));
    expect(details()).toEqual(['token-rejected', 'sign-in-expired', 'bad-input']);
    const full: AuditLog = { ...audit, append: (_record, done) => done(new Error('the disk is full')) };
    const refused = new AccessError('token-rejected', 'x');
    expect(await recordRefusalOf(auditOfStrangers(full).ofNobody, '::1', null, refused)).toMatchObject({
      code: 'audit-unavailable',
    });
  });

  it('many requests without credentials make one record', async () => {
    const { audit, details } = kept();
    const options: Partial<OperatorGateOptions> = {
      audit,
      url: () => 'https://admin.example',
      console: { enter: () => Promise.resolve(null), whose: () => null },
    };
    const app = new Hono<AdminEnv>();
    app.use(authenticateOperator(options as OperatorGateOptions));
    app.get('/*', (context: Context) => context.text('in'));
    const incoming = {
      method: 'GET',
      headers: {},
      rawHeaders: [],
      headersDistinct: {},
      socket: { remoteAddress: '192.0.2.1' },
    };
    for (let index = 0; index < 50; index += 1) {
      const answer = await app.request(`/admin/v1/${index}`, {}, { incoming } as never);
      expect(answer.status).toBe(401);
    }
    expect(details()).toHaveLength(1);
  });
});
