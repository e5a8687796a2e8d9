import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../../../relay/config/config-schema.ts';
import { presetNames } from '../../../relay/config/presets/expand-preset.ts';

const text = readFileSync(new URL('../../../docs/identity.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml ?? '');

describe('docs/identity.md', () => {
  it('has an example for every provider', () => {
    for (const preset of presetNames.filter((name) => name !== 'generic'))
      expect(examples.some((example) => example.includes(`preset: ${preset}\n`))).toBe(true);
  });

  for (const [index, example] of examples.entries())
    it(`example ${index + 1} can be used as it stands`, () => {
      const relay = { name: 'Acme', url: 'https://relay.acme.example' };
      const result = configSchema.safeParse({ relay, apis: [], ...(parse(example) as object) });
      expect(result.error?.issues).toBeUndefined();
    });
});
