import { AccessError } from '../../shared/errors.ts';
import type { ConfigSource } from './config-source.ts';

/** One thing that is wrong with a config: where (line and column count from 1) and, in words, what and what to do. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Path of keys, for example `apis[0].rules[1].paths[0]`; empty for the file as a whole. */
  readonly key: string;
  readonly message: string;
}

/** Code `bad-config`: everything that is wrong with a config, in the file's order. The message lists it all. */
export class ConfigError extends AccessError {
  readonly problems: readonly ConfigProblem[];

  /** What was read; undefined when the file could not be. */
  readonly source: ConfigSource | undefined;

  constructor(problems: readonly ConfigProblem[], cause?: unknown, source?: ConfigSource) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    super('bad-config', sorted.map(formatProblem).join('\n'), cause === undefined ? {} : { cause });
    this.problems = sorted;
    this.source = source;
  }
}

/** `relay.yaml:12:5 apis[0].port: …`, a form that editors and terminals make clickable. */
export function formatProblem({ file, line, column, key, message }: ConfigProblem): string {
  return key === '' ? `${file}:${line}:${column} ${message}` : `${file}:${line}:${column} ${key}: ${message}`;
}

/** Path of keys as people write it: `apis[0].headers["x-y"]`. */
export function formatKey(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = String(part);
      if (!/^\w+$/.test(name)) return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}
