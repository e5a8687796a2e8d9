import { LRUCache } from 'lru-cache';

/** Answers of a provider by name: each asked for once at a time, kept for a while, bounded in number. */
export interface RememberedAnswers<Value> {
  /** The remembered answer, the one that is under way, or that of `ask`; a failure isn't remembered. */
  get(name: string, ask: () => Promise<{ readonly value: Value; readonly untilMs: number }>): Promise<Value>;
  forget(name: string): void;
}

/** Those that were used longest ago go first when there are more than `maxEntries`; beyond `maxUnderWay` questions `overloaded` is thrown. */
export function rememberAnswers<Value>(options: {
  readonly now: () => number;
  readonly overloaded: () => Error;
  readonly maxEntries?: number;
  readonly maxUnderWay?: number;
}): RememberedAnswers<Value> {
  const { now, maxEntries = 10_000, maxUnderWay = 500 } = options;
  const known = new LRUCache<string, { readonly value: Value; readonly untilMs: number }>({ max: maxEntries });
  const underWay = new Map<string, Promise<Value>>();
  return {
    async get(name, ask) {
      const found = known.get(name);
      if (found !== undefined && now() < found.untilMs) return found.value;
      const asked = underWay.get(name);
      if (asked !== undefined) return asked;
      if (underWay.size >= maxUnderWay) throw options.overloaded();
      const asking = ask()
        .then((answer) => {
          known.set(name, answer);
          return answer.value;
        })
        .finally(() => underWay.delete(name));
      underWay.set(name, asking);
      return asking;
    },
    forget(name) {
      known.delete(name);
    },
  };
}
