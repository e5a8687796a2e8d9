import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import type { Decision, PolicyContext } from '../../../relay/policy/decision.ts';
import { setLocale } from '../../../shared/messages/language.ts';
import { plainReasons } from '../../../shared/plain-reason.ts';
import { reasonsSchema } from '../../../shared/reason.ts';
import { reasonsText } from '../../../shared/reason-text.ts';
import {
  anyConditionalRules,
  anyContext,
  anyRequest,
  anySubject,
  apis,
  person,
  policyOf,
  type RuleInput,
} from './policy-fixture.ts';

afterEach(() => setLocale('en'));

const request = { api: 'orders', method: 'POST', path: '/v1/orders' };
const here: PolicyContext = { timeMs: Date.UTC(2026, 0, 5, 10), remoteAddress: '10.1.2.3', device: null };

/** What goes over the wire, as the client reads it. */
function told(decision: Decision) {
  return reasonsSchema.parse(JSON.parse(JSON.stringify(decision.reasons?.list())));
}

function inGerman(decision: Decision): string | null {
  setLocale('de');
  return reasonsText(told(decision));
}

test('whatever is decided, the codes say what the reason says, in both languages', () => {
  fc.assert(
    fc.property(anyConditionalRules, anySubject, anyRequest, anyContext, (rules, subject, asked, context) => {
      const decision = policyOf(rules).decide(subject, asked, context);
      // A fresh sign-in is said by what it asks for, which each client has words of its own for.
      if (decision.effect === 'allow' || decision.stepUp === undefined)
        expect(plainReasons(told(decision))).toBe(decision.reason);
      setLocale('en');
      expect(reasonsText(told(decision))).not.toBeNull();
      expect(inGerman(decision)).toMatch(/Regel|Gruppe|erfordert|freigeben|Pfad/);
    }),
    { numRuns: 300 },
  );
});

describe('in German', () => {
  const cases: readonly [string, RuleInput[], string][] = [
    ['what no rule allows', [], 'Keine Regel erlaubt Ihren Gruppen POST /v1/orders. Keine Gruppe würde es freigeben.'],
    [
      'what another group may',
      [{ name: 'w', groups: ['sre', 'ops'] }],
      'Keine Regel erlaubt Ihren Gruppen POST /v1/orders. Eine der Gruppen sre oder ops würde es freigeben.',
    ],
    [
      'what a rule allows',
      [{ name: 'w', groups: ['developers'], methods: ['GET', 'POST'], paths: ['/v1/**'] }],
      'Regel „w“ erlaubt GET, HEAD und POST unter /v1 für die Gruppe developers.',
    ],
    [
      'what a rule denies',
      [{ name: 'w', effect: 'deny', methods: ['*'], paths: ['/v1/orders', '/v2/*'] }],
      'Regel „w“ verbietet jede Methode auf /v1/orders und auf Pfaden wie /v2/* für alle Angemeldeten. Ein Verbot geht jeder Erlaubnis vor.',
    ],
    [
      'where the time is another',
      [{ name: 'w', times: [{ days: ['sat', 'sun'], from: '08:00', to: '18:00', zone: 'UTC' }] }],
      'Regel „w“ erlaubt jede Methode auf jedem Pfad für alle Angemeldeten (Sa und So 08:00–18:00 (UTC)), aber nur Sa und So 08:00–18:00 (UTC).',
    ],
    [
      'where the computer is another',
      [{ name: 'w', device: { system: ['macOS*'], minimum_app_version: '1.4' } }],
      'Regel „w“ erlaubt jede Methode auf jedem Pfad für alle Angemeldeten (auf einem Computer mit diesen Angaben (nicht überprüft): System macOS* und Causeway 1.4 oder neuer), aber nur auf einem Computer mit diesen Angaben (nicht überprüft): System macOS* und Causeway 1.4 oder neuer.',
    ],
    [
      'where the token is another',
      [{ name: 'w', claims: { department: ['sales', 'hr'] } }],
      'Keine Regel erlaubt Ihren Gruppen POST /v1/orders. Voraussetzung der Regel „w“: ein Token mit dem Claim department: sales oder hr.',
    ],
    [
      'where the sign-in is old',
      [{ name: 'w', paths: ['/v1/**'], max_auth_age: 900 }],
      'Schreiben in Orders unter /v1 erfordert eine Anmeldung, die höchstens 15 Minuten her ist.',
    ],
  ];
  test.each(cases)('%s', (_what, rules, german) => {
    expect(inGerman(policyOf(rules).decide(person('developers'), request, here))).toBe(german);
  });

  test('a grant, with its end in the person’s own writing', () => {
    const grant = { id: 'g1', api: null, role: 'writers', approvedBy: 'dana', expiresAtMs: here.timeMs + 60_000 };
    const decision = policyOf([{ name: 'w', groups: ['writers'] }]).decide(person(), request, {
      ...here,
      grants: [grant],
    });
    expect(inGerman(decision)).toMatch(
      /^Freigabe g1 der Rolle writers, bis \d\d\.\d\d\.2026, \d\d:\d\d, genehmigt von dana: Regel „w“ erlaubt jede Methode/,
    );
  });
});

test('with little to be told, the codes tell no more than the words', () => {
  const policy = compilePolicy({
    apis: apis({ id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:1', rules: [{ name: 'r', groups: ['a'] }] }),
    disclose: 'minimal',
  });
  for (const subject of [person('a'), person('b')]) {
    const shown = policy.told(policy.decide(subject, request, here));
    expect(plainReasons(shown.reasons?.list() ?? [])).toBe(shown.reason);
    expect(JSON.stringify(shown.reasons?.list())).not.toMatch(/values/);
  }
});
