import type { Permission, RuleSubject } from '../../shared/catalog.ts';
import { currentLanguage } from '../../shared/messages/language.ts';
import { text } from '../../shared/messages/text.ts';
import { joinNames } from '../../ui/model/format.ts';

const knownVerbs = ['read', 'write', 'create', 'post', 'change', 'delete', 'listen'] as const;

/** What a rule allows or not: the relay's own words in English, else made of the rule's parts where it tells them. */
export function permissionText({ text: said, about, effect, unlockedBy, stepUp }: Permission): string {
  if (about === undefined || currentLanguage() === 'en') return said;
  if (effect === 'allow') return allowedText(said, { ...about, signInAgain: stepUp !== undefined });
  const subject = subjectOf(about);
  if (unlockedBy.length === 0) return text('permission.deny', subject);
  return text('permission.missing', { ...subject, count: unlockedBy.length, groups: joinNames(unlockedBy, 'or') });
}

/** What a rule allows: in the relay’s own words, or of the rule’s parts, as above. */
export function allowedText(
  said: string,
  about: (RuleSubject & { readonly signInAgain: boolean }) | undefined,
): string {
  if (about === undefined || currentLanguage() === 'en') return said;
  return text(about.signInAgain ? 'permission.allow-step-up' : 'permission.allow', subjectOf(about));
}

function subjectOf(about: RuleSubject): { readonly verbs: string; readonly places: string } {
  return { verbs: verbsText(about), places: placesText(about) };
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
