import type { ConfigProblem } from './config-problem.ts';
import type { YamlSource } from './yaml-source.ts';

/** Top-level keys that were called otherwise before: the old name still works, with a warning. */
export const renamedKeys: readonly { readonly old: string; readonly now: string }[] = [
  { old: 'counters', now: 'shared_state' },
];

/** A config with the names that its keys have now. */
export interface CurrentKeys {
  /** Its places are those of the file, under the names that stand there. */
  readonly source: YamlSource;
  /** Old names that the file uses. */
  readonly warnings: readonly ConfigProblem[];
  /** Keys that stand there under both names. */
  readonly problems: readonly ConfigProblem[];
}

/** Gives the keys of a config their present names; of a key under both names the present one is read. */
export function withCurrentKeys(source: YamlSource): CurrentKeys {
  const warnings: ConfigProblem[] = [];
  const problems: ConfigProblem[] = [];
  if (typeof source.value !== 'object' || source.value === null || Array.isArray(source.value))
    return { source, warnings, problems };
  const value: Record<string, unknown> = { ...source.value };
  const written = new Map<PropertyKey, string>();
  for (const { old, now } of renamedKeys) {
    if (!Object.hasOwn(value, old)) continue;
    if (Object.hasOwn(value, now)) {
      const words = `is what “${now}” was called before, and that stands here too. Remove “${old}”.`;
      problems.push(source.problemAt([old], words, 'key'));
    } else {
      value[now] = value[old];
      written.set(now, old);
      warnings.push(source.problemAt([old], `is called “${now}” now. The old name works for the time being.`, 'key'));
    }
    delete value[old];
  }
  const problemAt: YamlSource['problemAt'] = ([first, ...rest], ...more) =>
    source.problemAt(first === undefined ? [] : [written.get(first) ?? first, ...rest], ...more);
  return { source: { value, problemAt }, warnings, problems };
}
