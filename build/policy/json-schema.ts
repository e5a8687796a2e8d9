import { z } from 'zod';
import { managedKeys } from '../../shared/managed/managed-keys.ts';
import { exampleOf, templateKeys } from './policy-facts.ts';

/** JSON Schema (2020-12) of a policy file, for editors and for what checks files before they are rolled out. */
export function policyJsonSchema(): {
  readonly $schema: string;
  readonly title: string;
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly additionalProperties: false;
} {
  const entries = templateKeys.map((key) => {
    const { $schema: _dialect, ...schema } = z.toJSONSchema(managedKeys[key.name].schema, {
      io: 'input',
      target: 'draft-2020-12',
    });
    const about = { title: key.title.en, description: `${key.text.en} Default: ${key.fallback.en}.` };
    return [key.name, { ...about, ...schema, examples: [exampleOf(key)] }] as const;
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Causeway policy (/etc/causeway/policy.json)',
    type: 'object',
    properties: { $schema: { type: 'string' }, ...Object.fromEntries(entries) },
    additionalProperties: false,
  };
}
