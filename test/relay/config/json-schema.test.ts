import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { configJsonSchema, type JsonSchema, schemaAt } from '../../../relay/config/json-schema.ts';

const docs = new URL('../../../docs/', import.meta.url);

/** Every key of the config, as docs/configuration.md must name it. */
function allKeys(schema: JsonSchema): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [key, ...allKeys(inner)]);
  return schema.items === undefined ? own : [...own, ...allKeys(schema.items)];
}

describe('the JSON Schema for editors', () => {
  it('is published as the config’s schema stands now (node relay/config/json-schema.ts > docs/relay-config.schema.json)', async () => {
    const published: unknown = JSON.parse(await readFile(new URL('relay-config.schema.json', docs), 'utf8'));
    expect(published).toEqual(configJsonSchema());
  });

  it('refuses unknown keys, asks only for keys without defaults, and describes what people write', () => {
    const schema = configJsonSchema();
    expect(schema).toMatchObject({ additionalProperties: false, required: ['relay', 'issuers', 'apis'] });
    expect(schemaAt(schema, ['apis', 0, 'rules', 0])).toMatchObject({
      required: ['name'],
      additionalProperties: false,
    });
    expect(schemaAt(schema, ['apis', 0, 'upstream'])?.description).toContain('Origin of the internal API');
  });

  it('knows no key that docs/configuration.md leaves out', async () => {
    const text = await readFile(new URL('configuration.md', docs), 'utf8');
    const isNamed = (key: string): boolean => new RegExp(`\`[^\`\\n]*\\b${key}\\b[^\`\\n]*\``, 'u').test(text);
    expect(allKeys(configJsonSchema()).filter((key) => !isNamed(key))).toEqual([]);
  });
});
