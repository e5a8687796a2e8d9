import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDetector } from '../../../relay/anomalies/detector.ts';
import type { Refusal } from '../../../relay/anomalies/finding.ts';
import { History } from '../../../relay/anomalies/history.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import { type SamlWorld, startSamlWorld } from '../saml/saml-world.ts';

const times = 30;
let world: SamlWorld;
beforeAll(async () => {
  vi.stubEnv('PUSH_SECRET', 'a-push-secret-of-some-length');
  world = await startSamlWorld({
    configure: (config) => ({
      ...config,
      signals: [
        {
          name: 'okta',
          transmitter: 'https://okta.example',
          push: { bearer: ['${env:PUSH_SECRET}'] },
        },
      ],
    }),
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await world?.close();
});

const refusals = (): readonly Refusal[] =>
  queryAudit(world.dataDir, { type: 'authentication-refused', limit: 10_000 }).flatMap(({ record }) =>
    record.type === 'authentication-refused' ? [record] : [],
  );
const findingsIn = (records: readonly Refusal[]): readonly string[] => {
  const detector = createDetector(anomaliesSchema.parse({}), new History());
  return records.flatMap((record) => detector.observe(record)).map(({ rule }) => rule);
};
const form = (fields: Readonly<Record<string, string>>): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields),
});

describe('refusals of one address', () => {
  it.each<[what: string, path: string, asked: RequestInit, of: string, found: readonly string[]]>([
    ['logout tokens', '/v1/backchannel-logout', form({ logout_token: 'x' }), 'logout-token', []],
    ['visits to where SAML answers are posted', '/saml-bridge/acs', {}, 'saml', []],
    ['SAML answers', '/saml-bridge/acs', form({ SAMLResponse: 'x' }), 'saml', []],
    ['SAML logouts', '/saml-bridge/slo?SAMLRequest=x', {}, 'saml', []],
    ['pushed events', '/v1/signals/okta', form({ a: 'b' }), 'event', []],
    ['bad tokens', '/v1/catalog', { headers: { authorization: 'Bearer x' } }, 'token', ['refused-sign-ins']],
  ])('%s', async (_what, path, asked, of, found) => {
    const before = refusals().length;
    const url = `${world.relayUrl}${path}`;
    for (let sent = 0; sent < times; sent += 1) {
      const answer = await fetch(url, { ...asked, redirect: 'manual' });
      await answer.arrayBuffer();
      expect([path, answer.status]).toEqual([path, expect.toBeOneOf([400, 401])]);
    }
    // Of a SAML message the record isn’t waited for.
    await expect.poll(() => refusals().length - before, { timeout: 30_000 }).toBe(times);
    const records = refusals()
      .toSorted((one, other) => other.timeMs - one.timeMs)
      .slice(0, times);
    expect(new Set(records.map(({ code, of: what }) => `${code} ${what}`))).toEqual(new Set([`token-rejected ${of}`]));
    expect(findingsIn(records.toReversed())).toEqual(found);
  });
});
