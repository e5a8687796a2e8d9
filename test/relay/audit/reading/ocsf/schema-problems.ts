/** The part of JSON Schema that the definitions in this folder use. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly anyOf?: readonly { readonly required: readonly string[] }[];
  readonly items?: Schema;
  readonly enum?: readonly number[];
  readonly maxLength?: number;
}

/** What in a value isn't as the schema says, each with its place; none when it fits. */
export function schemaProblems(
  value: unknown,
  schema: Schema,
  named: Readonly<Record<string, Schema>>,
  place = 'event',
): readonly string[] {
  if (schema.$ref !== undefined) {
    const target = named[schema.$ref.slice('#/$defs/'.length)];
    return target === undefined ? [`${place}: ${schema.$ref} is missing`] : schemaProblems(value, target, named, place);
  }
  if (schema.type !== undefined && !isOf(schema.type, value)) return [`${place} must be ${schema.type}`];
  if (schema.enum?.includes(Number(value)) === false) return [`${place} must be one of ${schema.enum.join(', ')}`];
  if (typeof value === 'string' && value.length > (schema.maxLength ?? value.length)) return [`${place} is too long`];
  if (Array.isArray(value))
    return value.flatMap((item, index) => schemaProblems(item, schema.items ?? {}, named, `${place}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  const { properties = {}, required = [], anyOf = [] } = schema;
  const missing = required.filter((key) => !(key in value)).map((key) => `${place} lacks ${key}`);
  if (anyOf.length > 0 && !anyOf.some((one) => one.required.every((key) => key in value)))
    missing.push(`${place} has none of ${anyOf.flatMap((one) => one.required).join(', ')}`);
  const inside = Object.entries(value).flatMap(([key, inner]) => {
    const defined = properties[key];
    if (defined !== undefined) return schemaProblems(inner, defined, named, `${place}.${key}`);
    return schema.additionalProperties === false ? [`${place}.${key} isn’t defined`] : [];
  });
  return [...missing, ...inside];
}

function isOf(type: NonNullable<Schema['type']>, value: unknown): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isSafeInteger(value);
  return type === typeof value && value !== null && !Array.isArray(value);
}
