import type { Permission, RuleSubject } from '../../shared/catalog.ts';
import { currentLanguage } from '../../shared/messages/language.ts';
import { text } from '../../shared/messages/text.ts';
import { joinNames } from '../../ui/model/format.ts';

const knownVerbs = ['read', 'write', 'create', 'post', 'change', 'delete', 'listen'] as const;

/** What a rule allows or not: the relay's own words in English, else made of the rule's parts where it tells them. */
export function permissionText({ text: said, about, effect, unlockedBy, stepUp }: Permission): string {
  if (about === undefined || currentLanguage() === 'en') return said;
  const subject = { verbs: verbsText(about), places: placesText(about) };
  if (effect === 'allow') return text(stepUp === undefined ? 'permission.allow' : 'permission.allow-step-up', subject);
  if (unlockedBy.length === 0) return text('permission.deny', subject);
  return text('permission.missing', { ...subject, count: unlockedBy.length, groups: joinNames(unlockedBy, 'or') });
}

function verbsText({ verbs }: RuleSubject): string {
  const words = verbs.map((verb) => {
    const known = knownVerbs.find((each) => each === verb);
    return known === undefined ? text('permission.verb.other', { method: verb }) : text(`permission.verb.${known}`);
  });
  const all = joinNames(words, 'and');
  return all.charAt(0).toLocaleUpperCase() + all.slice(1);
}

function placesText({ places }: RuleSubject): string {
  const words = places.map(({ kind, path }) =>
    kind === 'everything' ? text('permission.place.everything') : text(`permission.place.${kind}`, { path }),
  );
  return joinNames(words, 'and');
}
