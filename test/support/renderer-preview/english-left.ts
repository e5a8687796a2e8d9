import type { ShownTexts } from './shown-texts.ts';

/**
 * Words that nearly every English sentence has one of, and that German doesn’t have. Capitals count: “IT” is in both.
 */
const functionWords =
  'a about after again all and any are aren’t as asks at be because before by can can’t could didn’t do does doesn’t don’t each ended ever every for from has have how if is isn’t it its more most must needs no nobody not nothing of off on once only or other others out since than that the their them then there these they this those to until up wants were what when where which while who whose why will with without won’t would yet you your';
/** Of these, what German has, too, or what stands in names and code. */
const alsoGerman = new Set([
  'a',
  'all',
  'be',
  'do',
  'no',
  'not',
  'or',
  'as',
  'can',
  'will',
  'if',
  'off',
  'up',
  'out',
  'were',
  'must',
]);

const english = new RegExp(
  `(?<![\\p{L}\\d_@./:-])(?:${functionWords
    .split(' ')
    .filter((word) => !alsoGerman.has(word))
    .map((word) => `[${word.charAt(0)}${word.charAt(0).toUpperCase()}]${word.slice(1)}`)
    .join('|')})(?![\\p{L}\\d_@/:-])`,
  'u',
);

/**
 * Of a state, every text that isn’t said by Causeway: of IT, of colleagues, of sign-in services, of other programs; and
 * those that the client has made of its catalogs before (`detail`). What the relay says by codes as well is no such text:
 * `reason` beside `reasons`, `text` beside `about`, and a problem’s title and hint.
 */
export function foreignTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(foreignTexts);
  const byCode = new Set([
    ...('reasons' in value ? ['reason', 'reasons'] : []),
    ...('about' in value ? ['text', 'about'] : []),
    ...('code' in value && 'hint' in value ? ['title', 'hint'] : []),
  ]);
  return Object.entries(value).flatMap(([key, inner]) => (byCode.has(key) ? [] : foreignTexts(inner)));
}

/** Lines of a page that hold English, without what isn’t said by Causeway. */
export function englishLeft({ seen, said }: ShownTexts, foreign: readonly string[]): readonly string[] {
  // A single word is a name, or too short to be taken out of other words.
  const names = [...new Set(foreign.filter((text) => /\s/.test(text.trim())))].toSorted((a, b) => b.length - a.length);
  const own = [...seen, ...said].map((shown) => names.reduce((left, name) => left.replaceAll(name, '…'), shown));
  return [...new Set(own.filter((line) => english.test(line)).map((line) => line.trim()))];
}
