import type { RuleSubject } from '../../shared/catalog.ts';
import { listWords } from './rule-words.ts';

/** What a rule allows, in parts, and whether it wants a fresh sign-in. */
export interface AllowedSubject extends RuleSubject {
  readonly signInAgain: boolean;
}

const plainVerbs = new Set(['read', 'write', 'create', 'change', 'delete']);
const verbCodes: Readonly<Record<string, string>> = { 'post to': 'post', 'listen to': 'listen' };
const underPrefix = 'everything under ';

/**
 * The parts of a text such as “Read and write everything under /v1/orders”, which the relay has made of a rule. Null
 * for any other text: one that IT wrote, or that says more.
 */
export function readRuleWords(text: string): AllowedSubject | null {
  const plain = text.replace(/ \(sign in again to [^()]*\)$/, '');
  const [, verbText = '', placeText = ''] = /^(\D+?) ((?:everything|\/).*)$/.exec(plain) ?? [];
  const verbWords = split(verbText.charAt(0).toLowerCase() + verbText.slice(1));
  const placeWords = split(placeText);
  const verbs = verbWords.map(verbOf);
  const places = placeWords.map(placeOf);
  const again = plain === text ? '' : ` (sign in again to ${listWords(verbWords).toLowerCase()})`;
  // Only what would be said in the same words again has been understood.
  const same = `${capitalised(listWords(verbWords))} ${listWords(placeWords)}${again}`;
  if (same !== text || !verbs.every((verb) => verb !== null) || !places.every((place) => place !== null)) return null;
  return { verbs, places, signInAgain: again !== '' };
}

function split(words: string): string[] {
  return words.split(/, | and /);
}

function verbOf(word: string): string | null {
  if (plainVerbs.has(word)) return word;
  return (Object.hasOwn(verbCodes, word) ? verbCodes[word] : /^send (\S+) to$/.exec(word)?.[1]) ?? null;
}

function placeOf(word: string): RuleSubject['places'][number] | null {
  if (word === 'everything') return { kind: 'everything', path: '/' };
  if (word.startsWith(underPrefix)) return placeAt('under', word.slice(underPrefix.length));
  return placeAt(word.includes('*') ? 'like' : 'at', word);
}

/** The path of a pattern has no blank in it. */
function placeAt(kind: 'under' | 'at' | 'like', path: string): RuleSubject['places'][number] | null {
  return /^(?:\/\S*)?$/.test(path) ? { kind, path } : null;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
