import { z } from 'zod';
import { type AdminDocument, type DocumentedSchema, type FoundOperation, operationsOf } from './admin-document.ts';

/** An answer of the admin API. */
export interface GivenAnswer {
  readonly method: string;
  /** Path of the request, with or without a query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

/**
 * Tells what about an answer the document doesn't say: a status, a media type, a field that is missing, of another type, or
 * isn't described. Empty for an answer as documented.
 */
export function createAnswerChecker(document: AdminDocument): (answer: GivenAnswer) => readonly string[] {
  const operations = operationsOf(document).map((operation) => ({ operation, matches: patternOf(operation.path) }));
  const definitions = Object.fromEntries(
    Object.entries(document.components.schemas).map(([name, schema]) => [name, closed(schema)]),
  );
  const validators = new Map<DocumentedSchema, z.ZodType>();
  const validatorOf = (schema: DocumentedSchema): z.ZodType => {
    let found = validators.get(schema);
    if (found === undefined) {
      found = z.fromJSONSchema({ ...closed(schema), $defs: definitions } as JsonSchema);
      validators.set(schema, found);
    }
    return found;
  };

  return ({ method, path, status, contentType, body }) => {
    const plain = path.split('?', 1)[0] ?? '';
    const found = operations.find(({ operation, matches }) => operation.method === method && matches.test(plain));
    const problemOnly = found === undefined && status >= 400;
    if (found === undefined && !problemOnly) return [];
    const mediaType = contentType?.split(';', 1)[0]?.trim() ?? '';
    const schema = problemOnly
      ? { $ref: '#/components/schemas/Problem' }
      : schemaFor(found?.operation, status, mediaType);
    if (typeof schema === 'string') return [schema];
    if (problemOnly && mediaType !== 'application/problem+json') return [`${status} is of the type “${mediaType}”`];
    if (!mediaType.endsWith('json')) return [];
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      return [`the body of ${status} isn’t JSON: ${body.slice(0, 100)}`];
    }
    const checked = validatorOf(schema).safeParse(value);
    if (checked.success) return [];
    return checked.error.issues.map((issue) => `${status}: ${issue.path.join('.')} ${issue.message}`);
  };
}

function schemaFor(
  operation: FoundOperation | undefined,
  status: number,
  mediaType: string,
): DocumentedSchema | string {
  const described = operation?.responses[status];
  if (described === undefined) return `the document has no answer ${status}`;
  const schema = described.content?.[mediaType]?.schema;
  return schema ?? `the document has no “${mediaType}” for ${status}`;
}

function patternOf(path: string): RegExp {
  const escaped = path.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

/** The schema with references into `$defs`, and with no field besides those that it describes, unless it says so itself. */
function closed(schema: DocumentedSchema): DocumentedSchema {
  return closedValue(schema) as DocumentedSchema;
}

function closedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closedValue);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    // Here keys are names of fields.
    if (key === 'properties')
      copy[key] = Object.fromEntries(Object.entries(inner as object).map(([name, of]) => [name, closedValue(of)]));
    else if (key === '$ref') copy[key] = String(inner).replace('#/components/schemas/', '#/$defs/');
    // What is written for readers decides nothing.
    else if (key !== 'example' && key !== 'examples' && key !== 'description' && key !== 'default')
      copy[key] = closedValue(inner);
  }
  if ('properties' in copy && !('additionalProperties' in copy) && !('allOf' in copy))
    copy['additionalProperties'] = false;
  return copy;
}
