import { describe, expect, test } from 'vitest';
import { causeNote } from '../../../renderer/model/cause-note.ts';
import { requestCommand, requestMessage, rolesToAskFor, shellWord } from '../../../renderer/model/access-request.ts';
import { decisionText, unlockAnswer } from '../../../renderer/model/request-outcome.ts';
import { stepUpNeedOf } from '../../../renderer/model/step-up-text.ts';

import { demandWords, stepUpSentence } from '../../../shared/step-up-text.ts';
import { strictestStepUp } from '../../../shared/step-up.ts';
import { guardedCatalog, sampleApis, sampleCatalog } from '../../support/renderer-preview/sample-catalog.ts';
import {
  openTunnel,
  reconnecting,
  sampleActivity,
  sampleProblem,
  sampleProfile,
} from '../../support/renderer-preview/sample-snapshot.ts';

const now = Date.UTC(2026, 10, 23, 12);

describe('why requests wait, on an API’s page', () => {
  const note = (change: Parameters<typeof sampleProfile>[1], waitMs = 10_000) =>
    causeNote(sampleProfile(now, change), waitMs);

  test('says nothing while all is well', () => {
    expect(note({})).toBeNull();
  });

  test('says what happened, what becomes of requests, and how many wait', () => {
    const lost = reconnecting('tunnel-down', 'The link broke (1006).', now);
    expect(note({ tunnel: { ...lost, waiting: 3 } })?.text).toBe(
      'The link broke (1006). Causeway reconnects by itself. 3 connections are waiting. Requests made now wait up to 10 s for it, then get 503. Nothing is sent twice.',
    );
    expect(note({ tunnel: lost })?.text).not.toContain('waiting.');
  });

  test('tells the time to wait that is set, and a wait that isn’t', () => {
    const lost = reconnecting('tunnel-down', 'The link broke.', now);
    expect(note({ tunnel: lost }, 120_000)?.text).toContain('wait up to 2 min');
    expect(note({ tunnel: lost }, 0)?.text).toContain('Requests made now get 503.');
  });

  test('an ended sign-in is told instead of the tunnel', () => {
    const signIn = { status: 'expired', problem: sampleProblem('sign-in-expired', 'It ran out.', now) } as const;
    const text = note({ signIn, tunnel: { status: 'closed' } });
    expect(text).toMatchObject({ title: 'Your sign-in has ended', tone: 'warning' });
    expect(text?.text).toContain('Requests made now get 503.');
  });

  test('tells a restart and a drain from a lost link', () => {
    const restart = reconnecting('relay-draining', 'It restarts.', now);
    expect(note({ tunnel: restart })).toMatchObject({ title: 'The relay is restarting', tone: 'quiet' });
    expect(note({ tunnel: { ...openTunnel(now), draining: true } })?.title).toBe('The relay is about to stop');
    expect(note({ tunnel: { status: 'connecting', waiting: 1 } })?.text).toContain('1 connection is waiting.');
  });
});

describe('a fresh sign-in that rules ask for', () => {
  test.each([
    [{ maxAgeSeconds: 900 }, 'a sign-in from the last 15 minutes'],
    [{ acr: ['phr', 'phrh'] }, 'a sign-in with a passkey or security key'],
    [{ acr: ['phrh'] }, 'a sign-in with a hardware-protected passkey or security key'],
    [{ acr: ['mfa', 'urn:okta:loa:2fa:any'] }, 'a sign-in with a second factor'],
    [{ acr: ['gold', 'mfa', 'silver'] }, 'a sign-in with a second factor or of the kind gold or silver'],
    [{ acr: ['constructor'] }, 'a sign-in of the kind constructor'],
    [{ maxAgeSeconds: 60, acr: ['gold'] }, 'a sign-in from the last 1 minute, of the kind gold'],
  ])('%o is %s', (demand, words) => {
    expect(demandWords(demand)).toBe(words);
  });

  test.each([
    [{ writes: true, demand: { maxAgeSeconds: 900 } }, 'Writing to Orders needs a sign-in from the last 15 minutes.'],
    [
      { writes: true, demand: { maxAgeSeconds: 900, path: '/v1/refunds' } },
      'Writing to Orders under /v1/refunds needs a sign-in from the last 15 minutes.',
    ],
    [{ writes: false, demand: { acr: ['mfa'] } }, 'Reading Orders needs a sign-in with a second factor.'],
    [null, 'You asked for a fresh sign-in.'],
  ])('%o reads: %s', (need, sentence) => {
    expect(stepUpSentence(need, 'Orders')).toBe(sentence);
  });

  test('is told for an API whose rules ask for one, and for no other', () => {
    const [orders, inventory] = guardedCatalog(now).apis;
    if (orders === undefined || inventory === undefined) throw new Error('The sample catalog has changed.');
    expect(stepUpNeedOf(orders)).toMatchObject({ badge: 'sign in again to write' });
    expect(stepUpNeedOf(orders)?.text).toContain('Writing asks for a sign-in from the last 15 minutes');
    expect(stepUpNeedOf(inventory)).toBeNull();
  });

  test('that meets several rules is the youngest of a kind that all accept', () => {
    expect(strictestStepUp([])).toBeNull();
    expect(
      strictestStepUp([{ maxAgeSeconds: 900, acr: ['mfa', 'phr'] }, { maxAgeSeconds: 60 }, { acr: ['phr', 'hwk'] }]),
    ).toEqual({ maxAgeSeconds: 60, acr: ['phr'] });
    expect(strictestStepUp([{ acr: ['mfa'] }, { acr: ['phr'] }])).toEqual({ acr: ['mfa'] });
  });
});

describe('what would have let a request through', () => {
  const denied = sampleActivity(now).find(({ decision }) => decision === 'deny');
  if (denied === undefined) throw new Error('The sample activity has no denial.');

  test('is the fresh sign-in, the end of a limit, or the groups, as the relay tells', () => {
    expect(unlockAnswer(denied)).toBe('The group orders-admins.');
    expect(unlockAnswer({ ...denied, unlockedBy: ['a', 'b'] })).toBe('One of the groups a or b.');
    expect(unlockAnswer({ ...denied, stepUp: { maxAgeSeconds: 300 } })).toBe(
      'It asks for a sign-in from the last 5 minutes.',
    );
    expect(unlockAnswer({ ...denied, rule: 'limit:daily', unlockedBy: [] })).toContain('when the limit resets');
    expect(unlockAnswer({ ...denied, unlockedBy: [] })).toBe('No group unlocks this.');
    expect(decisionText({ ...denied, rule: 'limit:daily' })).toBe('Denied by the limit daily');
  });
});

describe('asking for access', () => {
  test('offers the roles that the person doesn’t have', () => {
    const requestable = [
      { role: 'sre', maxHours: 4 },
      { role: 'auditors', maxHours: 8 },
    ];
    expect(rolesToAskFor({ requestable }, sampleCatalog)).toEqual([{ role: 'auditors', maxHours: 8 }]);
    expect(rolesToAskFor({}, sampleCatalog)).toEqual([]);
  });

  test('by command is one that a shell takes as it is meant', () => {
    expect(requestCommand('payroll', 'finance')).toBe("causeway request-access payroll --role finance --reason 'why'");
    expect(shellWord('it’s; $(rm -rf ~)')).toBe("'it’s; $(rm -rf ~)'");
    expect(shellWord("it's")).toBe(String.raw`'it'\''s'`);
  });

  test('by message names who wants what and what opens it', () => {
    const payroll = sampleApis.find(({ id }) => id === 'payroll');
    if (payroll === undefined) throw new Error('The sample catalog has no payroll.');
    const message = requestMessage(payroll, sampleCatalog, 'Acme');
    expect(message).toContain('access to Payroll (payroll) at Acme. Unlocked by the group finance.');
    expect(message).toContain('alice.moreau@acme.example (alice)');
  });
});
