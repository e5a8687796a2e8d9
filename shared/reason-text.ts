import { currentLocale } from './messages/language.ts';
import { reason as english } from './messages/en/reason.ts';
import { text } from './messages/text.ts';
import type { Reason, ReasonCode, ReasonValue } from './reason.ts';
import { demandWords } from './step-up-text.ts';

/** Sentences of the relay’s in the present language; null when one of them can’t be said by its code. */
export function reasonsText(reasons: readonly Reason[] | undefined): string | null {
  if (reasons === undefined || reasons.length === 0) return null;
  const sentences = reasons.map(reasonText);
  return sentences.every((each) => each !== null) ? sentences.join(' ') : null;
}

/** In the present language where the relay has said it by codes that are known here; else as the relay said it. */
export function saidByRelay(detail: string, reasons: readonly Reason[] | undefined): string {
  return reasonsText(reasons) ?? detail;
}

function reasonText({ code, values = {} }: Reason): string | null {
  if (!isKnown(code)) return null;
  const words: Record<string, string | number> = {};
  for (const [, name = '', kind] of english[`reason.${code}`].matchAll(holes)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    const word = value === undefined ? null : kind === 'plural' ? countOf(value) : wordsOf(value);
    if (word === null) return null;
    words[name] = word;
  }
  // What fills the holes was just looked for in the sentence itself.
  return (text as (id: string, values: typeof words) => string)(`reason.${code}`, words);
}

/** `{name}` and `{name, plural, …}`; a branch of a plural has a blank in it. */
const holes = /\{(\w+)(?:\}|, (\w+))/g;

function isKnown(code: string): code is ReasonCode {
  return Object.hasOwn(english, `reason.${code}`);
}

function countOf(value: ReasonValue): number | null {
  return typeof value === 'number' ? value : null;
}

/** Null where a part can’t be said. */
function wordsOf(value: ReasonValue): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return value.toLocaleString(currentLocale());
  if ('any' in value) return joined(value.any, 'or');
  if ('all' in value) return joined(value.all, 'and');
  if ('atMs' in value) return moment(value.atMs);
  if ('stepUp' in value) return demandWords(value.stepUp);
  if ('and' in value) return parts(value.and, (words) => joined(words, 'and'));
  if ('or' in value) return parts(value.or, (words) => joined(words, 'or'));
  return parts(value.list, (words) => words.join('; '));
}

function parts(reasons: readonly Reason[], join: (words: readonly string[]) => string): string | null {
  const words = reasons.map(reasonText);
  return words.every((word) => word !== null) ? join(words) : null;
}

function joined(words: readonly string[], conjunction: 'and' | 'or'): string {
  const [last = '', ...others] = words.toReversed();
  if (others.length === 0) return last;
  return text(`reason.${conjunction}`, { first: others.toReversed().join(', '), last });
}

/** Date and time of day, because a reason may be read days later. */
function moment(atMs: number): string {
  if (!Number.isFinite(atMs) || Math.abs(atMs) > 8.64e15) return '';
  const at = new Date(atMs);
  return at.toLocaleString(currentLocale(), { dateStyle: 'medium', timeStyle: 'short' });
}
