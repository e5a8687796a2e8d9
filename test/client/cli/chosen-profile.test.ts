import { describe, expect, test } from 'vitest';
import { chosenProfile, demandAccount } from '../../../client/cli/chosen-profile.ts';
import { sampleProfile, sampleSnapshot } from '../../support/renderer-preview/sample-snapshot.ts';

const nowMs = Date.UTC(2026, 10, 29, 12);
const profile = (id: string, relayUrl: string, account: string) => sampleProfile(nowMs, { id, relayUrl, account });
const acme = 'https://relay.acme.example';
const snapshot = sampleSnapshot(nowMs, {
  profiles: [
    profile('one', acme, 'alice@acme.example'),
    profile('two', acme, 'bob@acme.example'),
    profile('three', 'https://relay.beta.example', 'bob@beta.example'),
  ],
  currentProfileId: 'two',
});

describe('the account that a command line means', () => {
  test.each([
    ['nothing is said', undefined, undefined, 'two'],
    ['a relay is named where the last used one is', 'relay.acme.example', undefined, 'two'],
    ['another relay is named', 'relay.beta.example', undefined, 'three'],
    ['a whole name, in other letters', undefined, 'ALICE@acme.example', 'one'],
    ['a part that is one’s only', undefined, 'alice', 'one'],
    ['a part that is one’s only at that relay', acme, 'bob', 'two'],
    ['an id', undefined, 'three', 'three'],
    ['an account that isn’t there', acme, 'carol', undefined],
    ['an account of another relay', acme, 'bob@beta.example', undefined],
    ['a relay that isn’t there', 'relay.gamma.example', undefined, undefined],
  ])('%s', (_name, relay, account, id) => {
    expect(chosenProfile({ relay, account }, snapshot)?.id).toBe(id);
  });

  test('a part of several names is refused with them', () => {
    expect(() => chosenProfile({ relay: undefined, account: 'bob' }, snapshot)).toThrow(
      '“bob” may be bob@acme.example or bob@beta.example',
    );
  });

  test('one that isn’t there is refused with those that are', () => {
    expect(() => demandAccount({ relay: undefined, account: 'carol' }, snapshot)).toThrow(
      /No account “carol” is known here\. Known: .*alice@acme\.example/,
    );
  });
});
