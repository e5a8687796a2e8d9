import { expect } from 'vitest';
import { ConfigError, type ConfigProblem } from '../../../relay/config/config-problem.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type ConfigFolder, minimalConfig } from './config-folder.ts';

/** A config that can’t be used, and what the relay says of it. */
export type RefusedConfig = readonly [
  what: string,
  text: string,
  line: number,
  column: number,
  key: string,
  says: string,
];

/** A config with a rule of these lines. */
export const rule = (lines: string): string => minimalConfig({ api: `    rules:\n      - name: r\n        ${lines}` });
/** A config with one more line at its API. */
export const api = (line: string): string => minimalConfig({ api: `    ${line}` });
/** A config with a second API. */
export const second = (lines: string): string =>
  minimalConfig({ api: `  - id: stock\n    name: Stock\n    upstream: http://127.0.0.1:1\n    ${lines}` });

/** What is said of a config: nothing when it can be used. Each problem names its place. */
export async function problemsOf(folder: ConfigFolder, text: string): Promise<readonly ConfigProblem[]> {
  const path = await folder.write('relay.yaml', text);
  const error = await loadConfig(path, { env: {} }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return [];
  expect(error).toBeInstanceOf(ConfigError);
  if (!(error instanceof ConfigError)) return [];
  expect(error.code).toBe('bad-config');
  for (const problem of error.problems) {
    expect(problem.file).toBe(path);
    expect(error.message).toContain(`${path}:${problem.line}:${problem.column}`);
  }
  return error.problems;
}

/** Expects that a config is refused as said, and for nothing else. */
export async function expectRefusal(
  folder: ConfigFolder,
  [_what, text, line, column, key, says]: RefusedConfig,
): Promise<void> {
  const [problem, ...others] = await problemsOf(folder, text);
  expect(problem).toMatchObject({ line, column, key });
  expect(problem?.message).toContain(says);
  expect(others.filter((other) => other.line !== line)).toEqual(others.filter((other) => other.key === ''));
}
