import { AccessError, type ErrorCode } from './errors.ts';
import { reason as english } from './messages/en/reason.ts';
import type { Reason, ReasonValue } from './reason.ts';

/** The English of a sentence of the relay’s, for whoever doesn’t know its code. Not for sentences that count something. */
export function plainReason({ code, values = {} }: Reason): string {
  const sentence = (english as Readonly<Record<string, string>>)[`reason.${code}`] ?? code;
  return sentence.replaceAll(/\{(\w+)\}/g, (_hole, name: string) => plainValue(values[name] ?? ''));
}

/** The same of sentences in a row. */
export function plainReasons(reasons: readonly Reason[]): string {
  return reasons.map(plainReason).join(' ');
}

/** What a refusal says: in English, and as codes. */
export function said(...reasons: readonly Reason[]): { readonly detail: string; readonly reasons: readonly Reason[] } {
  return { detail: plainReasons(reasons), reasons };
}

/** A failure that says why by these sentences. */
export function reasonedError(code: ErrorCode, ...reasons: readonly Reason[]): AccessError {
  return new AccessError(code, plainReasons(reasons), { reasons });
}

function plainValue(value: ReasonValue): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if ('any' in value) return joined(value.any, 'or');
  if ('all' in value) return joined(value.all, 'and');
  if ('atMs' in value) return new Date(value.atMs).toISOString();
  if ('and' in value) return joined(value.and.map(plainReason), 'and');
  if ('or' in value) return joined(value.or.map(plainReason), 'or');
  if ('list' in value) return value.list.map(plainReason).join('; ');
  return 'a fresh sign-in';
}

function joined(words: readonly string[], conjunction: 'and' | 'or'): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1) ?? ''}`;
}
