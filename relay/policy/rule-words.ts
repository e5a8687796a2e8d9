import type { RuleSubject } from '../../shared/catalog.ts';
import { reason, type Reason, type ReasonValue } from '../../shared/reason.ts';

/** Joins words as people do: “a”, “a and b”, “a, b and c”. */
export function listWords(words: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1) ?? ''}`;
}

/** “GET and HEAD”; null, every method, is “every method”. */
export function methodWords(methods: ReadonlySet<string> | null): string {
  return methods === null ? 'every method' : listWords(methodNames(methods));
}

/** The same as a value of a sentence. */
export function methodValue(methods: ReadonlySet<string> | null): ReasonValue {
  return methods === null ? { and: [reason('every-method')] } : { all: methodNames(methods) };
}

function methodNames(methods: ReadonlySet<string>): string[] {
  const names = [...methods].filter((method) => method !== 'HEAD');
  if (methods.has('HEAD')) names.splice(names.indexOf('GET') + 1, 0, 'HEAD');
  return names;
}

/** “under /v1”, “at /v1/orders”, “on every path”, “on paths like /v1/a*”; several joined by “and”. */
export function placeWords(patterns: readonly string[]): string {
  if (patterns.includes('/**')) return 'on every path';
  return listWords(
    placesOf(patterns).map(({ kind, path }) => {
      if (kind === 'like') return `on paths like ${path}`;
      return kind === 'under' ? `under ${path}` : `at ${path}`;
    }),
  );
}

/** The same as a value of a sentence. */
export function placeValue(patterns: readonly string[]): ReasonValue {
  if (patterns.includes('/**')) return { and: [reason('every-path')] };
  return { and: placesOf(patterns).map(({ kind, path }): Reason => reason(`place-${kind}`, { path })) };
}

/** The one path that the patterns are about, `/v1/refunds` for both `/v1/refunds` and `/v1/refunds/**`; null for more. */
export function onlyPlace(patterns: readonly string[]): string | null {
  if (patterns.includes('/**')) return null;
  const [place, ...more] = placesOf(patterns);
  return place === undefined || more.length > 0 || place.kind === 'like' ? null : place.path;
}

/** “everything under /v1/orders”, “/v1/events”, “everything”; what a permission is about. */
export function objectWords(patterns: readonly string[], every: 'everything' | 'anything' = 'everything'): string {
  if (patterns.includes('/**')) return every;
  return listWords(placesOf(patterns).map(({ kind, path }) => (kind === 'under' ? `${every} under ${path}` : path)));
}

/** “Read and write”, “Read”, “Listen to”: what the methods and paths of a rule amount to. */
export function verbWords(methods: ReadonlySet<string> | null, patterns: readonly string[]): string {
  return capitalised(listWords(verbsOf(methods, patterns)));
}

/** “Reading and writing”, “Listening to”: the same as a noun. */
export function gerundWords(methods: ReadonlySet<string> | null, patterns: readonly string[]): string {
  const gerund = (verb: string): string =>
    verb.replace(/^\w+/, (word) => `${word.endsWith('e') ? word.slice(0, -1) : word}ing`);
  return capitalised(listWords(verbsOf(methods, patterns).map(gerund)));
}

/** What methods and paths amount to, in parts instead of words. */
export function ruleSubject(methods: ReadonlySet<string> | null, patterns: readonly string[]): RuleSubject {
  const codes: Readonly<Record<string, string>> = { 'post to': 'post', 'listen to': 'listen' };
  const verbs = verbsOf(methods, patterns).map((verb) => codes[verb] ?? /^send (\S+) to$/.exec(verb)?.[1] ?? verb);
  const everything = patterns.includes('/**');
  return {
    verbs,
    places: everything ? [{ kind: 'everything', path: '/' }] : placesOf(patterns).map((each) => ({ ...each })),
  };
}

/** “Refunds” for patterns that all end in …/refunds or …/refunds/**; undefined when there is no such plain word. */
export function subjectWord(patterns: readonly string[]): string | undefined {
  const words = new Set(patterns.map((pattern) => placeOf(pattern).path.split('/').at(-1) ?? ''));
  const [word] = words;
  if (words.size !== 1 || word === undefined || !/^[a-z]{3,}(?:-[a-z]+)*$/.test(word) || patterns.includes('/**')) {
    return undefined;
  }
  return capitalised(word.replaceAll('-', ' '));
}

/** “the group finance” or “one of the groups finance and sre”. */
export function groupWords(groups: readonly string[]): string {
  return groups.length === 1 ? `the group ${groups[0] ?? ''}` : `one of the groups ${listWords(groups, 'or')}`;
}

function verbsOf(methods: ReadonlySet<string> | null, patterns: readonly string[]): readonly string[] {
  if (methods === null) return ['read', 'write'];
  const has = (method: string): boolean => methods.has(method);
  const changes = has('PUT') || has('PATCH');
  const verbs: string[] = [];
  if (has('GET') || has('HEAD') || has('OPTIONS')) verbs.push('read');
  if (has('POST') && changes && has('DELETE')) {
    verbs.push('write');
  } else {
    if (has('POST')) verbs.push(changes ? 'create' : 'post to');
    if (changes) verbs.push('change');
    if (has('DELETE')) verbs.push('delete');
  }
  const named = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);
  for (const method of methods) if (!named.has(method)) verbs.push(`send ${method} to`);
  return verbs.length === 1 && has('GET') && patterns.every(isFeed) ? ['listen to'] : verbs;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Last words of paths that stay open and tell what happens: server-sent events and WebSockets. */
const feedWords = new Set(['events', 'feed', 'live', 'notifications', 'sse', 'stream', 'subscribe', 'watch', 'ws']);

function isFeed(pattern: string): boolean {
  return feedWords.has(placeOf(pattern).path.split('/').at(-1) ?? '');
}

interface Place {
  readonly kind: 'under' | 'at' | 'like';
  readonly path: string;
}

/** Places of all patterns, without those that another one contains: /v1/orders beside /v1/orders/**. */
function placesOf(patterns: readonly string[]): readonly Place[] {
  const places = patterns.map(placeOf);
  const isInside = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
  return places.filter(
    (place) => !places.some((other) => other !== place && other.kind === 'under' && isInside(place.path, other.path)),
  );
}

function placeOf(pattern: string): Place {
  const under = /^(\/[^*]*?)\/?\*\*$/.exec(pattern)?.[1];
  if (under !== undefined) return { kind: 'under', path: under };
  return { kind: pattern.includes('*') ? 'like' : 'at', path: pattern };
}
