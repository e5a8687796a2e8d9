import { afterEach, expect, test } from 'vitest';
import type { Permission } from '../../../shared/catalog.ts';
import { setLocale } from '../../../shared/messages/language.ts';
import { ruleSubject } from '../../../relay/policy/rule-words.ts';
import { permissionText } from '../../../renderer/model/permission-text.ts';

afterEach(() => setLocale('en'));

const permission = (change: Partial<Permission>): Permission => ({
  effect: 'allow',
  text: 'As the relay says it',
  rule: 'some-rule',
  unlockedBy: [],
  ...change,
});
const get = new Set(['GET', 'HEAD']);
const all = new Set(['GET', 'POST', 'PUT', 'DELETE']);

test('in English, and where the relay tells no parts, it is as the relay says it', () => {
  expect(permissionText(permission({ about: ruleSubject(get, ['/**']) }))).toBe('As the relay says it');
  setLocale('de');
  expect(permissionText(permission({}))).toBe('As the relay says it');
});

test.each([
  ['allow', get, ['/**'], [], undefined, 'Lesen: alles'],
  ['allow', null, ['/v1/orders/**'], [], undefined, 'Lesen und schreiben: alles unter /v1/orders'],
  ['allow', all, ['/v1/a', '/v1/b/**'], [], undefined, 'Lesen und schreiben: /v1/a und alles unter /v1/b'],
  [
    'allow',
    new Set(['POST']),
    ['/v1/refunds'],
    [],
    { maxAgeSeconds: 900 },
    'Senden: /v1/refunds (mit neuer Anmeldung)',
  ],
  ['allow', new Set(['GET']), ['/v1/events'], [], undefined, 'Mithören: /v1/events'],
  ['allow', new Set(['PURGE']), ['/v1/a*'], [], undefined, 'PURGE-Anfragen senden: Pfade wie /v1/a*'],
  ['deny', new Set(['DELETE']), ['/**'], [], undefined, 'Löschen nicht erlaubt: alles'],
  ['deny', get, ['/v1'], ['finance'], undefined, 'Lesen: /v1 (erfordert die Gruppe finance)'],
  ['deny', get, ['/v1'], ['finance', 'sre'], undefined, 'Lesen: /v1 (erfordert eine der Gruppen finance oder sre)'],
] as const)('%s of %s at %s, unlocked by %s, in German', (effect, methods, patterns, unlockedBy, stepUp, said) => {
  setLocale('de');
  const about = ruleSubject(methods, patterns);
  expect(permissionText(permission({ effect, about, unlockedBy: [...unlockedBy], ...(stepUp && { stepUp }) }))).toBe(
    said,
  );
});
