import { z } from 'zod';
import { configSchema } from './config-schema.ts';
import { issuerSettingsSchema } from './issuer-schema.ts';
import { renamedKeys } from './renamed-keys.ts';

/** The part of JSON Schema that the config's schema uses. */
export interface JsonSchema {
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
}

/** JSON Schema (2020-12) of the config file as people write it, for completion and checks in editors. */
export function configJsonSchema(): JsonSchema & Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ zodSchema, jsonSchema }) => {
      // A preset fills these in.
      if ((zodSchema as unknown) === issuerSettingsSchema)
        jsonSchema.required = jsonSchema.required?.filter((key) => key !== 'issuer' && key !== 'audience') ?? [];
    },
  });
  return {
    $schema,
    title: 'Causeway relay configuration',
    description: 'See docs/configuration.md. Keep this file out of the hands of others: it decides who may do what.',
    ...schema,
    properties: { ...schema.properties, ...oldNames(schema.properties) },
  } as JsonSchema & Record<string, unknown>;
}

/** The names that keys had before, as editors and the record of configs need them. */
function oldNames(properties: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    renamedKeys.map(({ old, now }) => [
      old,
      { ...(properties[now] as JsonSchema), description: `The old name of “${now}”.`, deprecated: true },
    ]),
  );
}

/** The schema of the key at a path, or undefined when the schema knows no such key. */
export function schemaAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  let found: JsonSchema | undefined = schema;
  for (const part of path) found = typeof part === 'number' ? found?.items : found?.properties?.[String(part)];
  return found;
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
