import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { testPolicy } from '../../../relay/commands/test-policy.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';

const markdown = await readFile(new URL('../../../docs/policy.md', import.meta.url), 'utf8');

/** Each `yaml tests` block with the `yaml rules` block above it. */
const examples = [...markdown.matchAll(/^```yaml rules\n([^`]*)^```\n\n```yaml tests\n([^`]*)^```$/gm)].map(
  ([, rules = '', tests = '']) => ({ rules: parse(rules) as object[], tests: parse(tests) as object[] }),
);

let folder: ConfigFolder;
beforeAll(async () => void (folder = await openConfigFolder()));
afterAll(() => folder.close());

const config = (api: object): object => {
  const whole = parse(minimalConfig()) as { apis: object[] };
  return { ...whole, apis: [{ ...whole.apis[0], ...api }] };
};

describe('the tests in docs/policy.md', () => {
  it('are found', () => {
    expect(examples).toHaveLength(3);
  });

  it.each(examples)('hold: %#', async ({ rules, tests }) => {
    const configPath = await folder.write('relay.yaml', stringify(config({ rules })));
    const testsPath = await folder.write('tests.yaml', stringify({ tests }));
    let output = '';
    const code = await testPolicy({ configPath, testsPath, write: (text) => void (output += text) });
    expect(output).not.toContain('not ok');
    expect(code).toBe(0);
  });

  it('and its other pieces of configuration can be used', async () => {
    const pieces = [...markdown.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = '']) => parse(text) as Piece);
    const used = pieces.filter((piece) => piece.apis !== undefined);
    expect(used).toHaveLength(2);
    for (const { apis: [api] = [{}], ...rest } of used) {
      const path = await folder.write('relay.yaml', stringify({ ...config(api ?? {}), ...rest }));
      await expect(loadConfig(path, { env: { REDIS_URL: 'redis://127.0.0.1' } })).resolves.toBeDefined();
    }
  });
});

interface Piece {
  readonly apis?: readonly object[];
}
