/** Joins words as people do: “a”, “a and b”, “a, b and c”. */
export function listWords(words: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1) ?? ''}`;
}

/** “GET and HEAD”; null, every method, is “every method”. */
export function methodWords(methods: ReadonlySet<string> | null): string {
  if (methods === null) return 'every method';
  const names = [...methods].filter((method) => method !== 'HEAD');
  if (methods.has('HEAD')) names.splice(names.indexOf('GET') + 1, 0, 'HEAD');
  return listWords(names);
}

/** “under /v1”, “at /v1/orders”, “on every path”, “on paths like /v1/a*”; several joined by “and”. */
export function placeWords(patterns: readonly string[]): string {
  if (patterns.includes('/**')) return 'on every path';
  return listWords(
    patterns.map((pattern) => {
      const { kind, path } = placeOf(pattern);
      return kind === 'under' ? `under ${path}` : kind === 'at' ? `at ${path}` : `on paths like ${path}`;
    }),
  );
}

/** “everything under /v1/orders”, “/v1/events”, “everything”; what a permission is about. */
export function objectWords(patterns: readonly string[]): string {
  if (patterns.includes('/**')) return 'everything';
  return listWords(
    patterns.map((pattern) => {
      const { kind, path } = placeOf(pattern);
      return kind === 'under' ? `everything under ${path}` : path;
    }),
  );
}

/** “Read and write”, “Read”, “Listen to”, “Create in”: the verb that the methods and paths of a rule amount to. */
export function verbWords(methods: ReadonlySet<string> | null, patterns: readonly string[]): string {
  if (methods === null) return 'Read and write';
  const reads = methods.has('GET') || methods.has('HEAD');
  const writes = [...methods].filter((method) => !['GET', 'HEAD', 'OPTIONS'].includes(method));
  if (writes.length === 0) return methods.has('GET') && patterns.every(isFeed) ? 'Listen to' : 'Read';
  const all = ['POST', 'PUT', 'PATCH', 'DELETE'].every((method) => methods.has(method));
  const changing = all ? 'write' : listWords([...new Set(writes.map(writingVerb))]);
  const words = reads ? (changing.includes(' and ') ? `read, ${changing}` : `read and ${changing}`) : changing;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** “Refunds” for patterns that all end in …/refunds or …/refunds/**; undefined when there is no such plain word. */
export function subjectWord(patterns: readonly string[]): string | undefined {
  const words = new Set(patterns.map((pattern) => placeOf(pattern).path.split('/').at(-1) ?? ''));
  const [word] = words;
  if (words.size !== 1 || word === undefined || !/^[a-z]{3,}(?:-[a-z]+)*$/.test(word) || patterns.includes('/**')) {
    return undefined;
  }
  return word.charAt(0).toUpperCase() + word.slice(1).replaceAll('-', ' ');
}

/** “the group finance” or “one of the groups finance and sre”. */
export function groupWords(groups: readonly string[]): string {
  return groups.length === 1 ? `the group ${groups[0] ?? ''}` : `one of the groups ${listWords(groups, 'or')}`;
}

function writingVerb(method: string): string {
  const verbs: Readonly<Record<string, string>> = {
    POST: 'post to',
    PUT: 'replace',
    PATCH: 'change',
    DELETE: 'delete',
  };
  return verbs[method] ?? method;
}

/** Last words of paths that stay open and tell what happens: server-sent events and WebSockets. */
const feedWords = new Set(['events', 'feed', 'live', 'notifications', 'sse', 'stream', 'subscribe', 'watch', 'ws']);

function isFeed(pattern: string): boolean {
  return feedWords.has(placeOf(pattern).path.split('/').at(-1) ?? '');
}

function placeOf(pattern: string): { readonly kind: 'under' | 'at' | 'like'; readonly path: string } {
  const under = /^(\/[^*]*?)\/?\*\*$/.exec(pattern)?.[1];
  if (under !== undefined) return { kind: 'under', path: under === '' ? '/' : under };
  return { kind: pattern.includes('*') ? 'like' : 'at', path: pattern };
}
