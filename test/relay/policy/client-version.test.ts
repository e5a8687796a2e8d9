import { describe, expect, it } from 'vitest';
import type { ClientPolicy } from '../../../relay/config/client-policy.ts';
import { recommendVersion, refusesVersion } from '../../../relay/policy/client-version.ts';
import { isOlder } from '../../../client/sign-in/check-version.ts';

const policy = (change: Partial<ClientPolicy>): ClientPolicy => ({
  minimum: null,
  recommended: null,
  howToUpdate: null,
  ...change,
});

describe('a minimum version', () => {
  it.each([
    ['0.9.9', true],
    ['1.4.0-beta.1', true],
    ['1.3', true],
    ['', true],
    ['development', true],
    ['1.4.0', false],
    ['1.4', false],
    ['1.4.1-beta.1', false],
    ['1.10.0', false],
    ['v2', false],
  ])('of 1.4.0 refuses %j: %s', (version, refused) => {
    expect(refusesVersion(policy({ minimum: '1.4.0' }), version)?.code).toBe(refused ? 'client-too-old' : undefined);
  });

  it('says what there is, what is needed and where to get it', () => {
    const refused = refusesVersion(policy({ minimum: '1.4.0', howToUpdate: 'Open Software Center.' }), '1.3.9');
    expect(refused?.message).toBe('This is version 1.3.9; the relay needs 1.4.0 or newer. Open Software Center.');
  });

  it('that isn’t set refuses nobody', () => {
    for (const version of ['0.0.1', '', 'x']) expect(refusesVersion(policy({}), version)).toBeNull();
  });
});

describe('a recommended version', () => {
  const catalog = {
    revision: 'r',
    person: { subject: 's', issuer: 'https://i.example', name: 'Alice', groups: [] },
    apis: [],
  };
  it('stands in the catalog, with where to get it', () => {
    expect(recommendVersion(catalog, policy({ recommended: '1.6.0' })).client).toEqual({ recommendedVersion: '1.6.0' });
    expect(recommendVersion(catalog, policy({ recommended: '1.6.0', howToUpdate: 'Here.' })).client).toEqual({
      recommendedVersion: '1.6.0',
      howToUpdate: 'Here.',
    });
    expect(recommendVersion(catalog, policy({ minimum: '1.6.0' }))).toBe(catalog);
  });

  it.each([
    ['0.1.0', '0.2.0', true],
    ['0.2.0-rc.1', '0.2.0', true],
    ['0.2.0', '0.2.0', false],
    ['0.10.0', '0.9.0', false],
    ['dev', '0.9.0', false],
    ['0.1.0', 'soon', false],
  ])('is newer than what the client is, %s and %s: %s', (version, than, older) => {
    expect(isOlder(version, than)).toBe(older);
  });
});
