import { type AdminDocument, type DocumentedSchema, resolved } from '../relay/admin/support/admin-document.ts';
import type { Random } from './random.ts';

/** Texts that have broken something somewhere: controls, other scripts, lone surrogates, names of objects' own fields. */
export const awkwardTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u0001\u001f\u007f',
  '\r\nX-Injected: 1',
  '\u202Eevil\u2066',
  '\uD800',
  'é\u0301\u0301\u0301',
  '🜁🜂🜃',
  '表ポあA鷗',
  '__proto__',
  'constructor',
  'toString',
  '../../../etc/passwd',
  '%00%2e%2e%2f',
  '${env:HOME}',
  "'; DROP TABLE audit; --",
  '<script>alert(1)</script>',
  '-1',
  '1e999',
  'NaN',
  'null',
  '9'.repeat(400),
  'x'.repeat(70_000),
  '2026-02-30',
  '2026-01-31T25:61:61Z',
  '+275760-09-13T00:00:00.001Z',
  '999999w',
  '*',
  '**',
  '[',
  '(?=',
  String.raw`\u0000`,
];

const awkwardValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 2,
  [],
  {},
  [[[[]]]],
  { length: 5 },
  [null],
  { toString: 1 },
  { constructor: { prototype: {} } },
];

/** A value as the schema wants it. */
export function madeUpValue(document: AdminDocument, given: DocumentedSchema, random: Random): unknown {
  const schema = resolved(document, given);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return random.of(schema.enum);
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return madeUpValue(document, random.of(either), random);
  if (schema.allOf !== undefined)
    return Object.assign({}, ...schema.allOf.map((part) => madeUpValue(document, part, random))) as unknown;
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
  switch (type ?? 'null') {
    case 'string':
      return madeUpText(schema, random);
    case 'integer':
    case 'number': {
      const least = schema.minimum ?? schema.exclusiveMinimum ?? 0;
      // What is allowed but takes long is for a test of its own.
      return Math.ceil(least) + random.below(Math.min((schema.maximum ?? least + 100) - least, 20) + 1);
    }
    case 'boolean':
      return random.chance(0.5);
    case 'array':
      return Array.from({ length: (schema.minItems ?? 0) + random.below(3) }, () =>
        madeUpValue(document, schema.items ?? {}, random),
      );
    case 'object': {
      const { properties = {}, required = [] } = schema;
      return Object.fromEntries(
        Object.entries(properties)
          .filter(([name]) => required.includes(name) || random.chance(0.4))
          .map(([name, inner]) => [name, madeUpValue(document, inner, random)]),
      );
    }
    default:
      return null;
  }
}

function madeUpText(schema: DocumentedSchema, random: Random): string {
  if (typeof schema.example === 'string' && random.chance(0.6)) return schema.example;
  const usual = ['ann', 'orders', 'echo', 'GET', 'a test', '1d', '2026-01-31', 'https://echo/v1', 'k0', '0'];
  const text = random.chance(0.7) ? random.of(usual) : random.of(awkwardTexts);
  return text.slice(0, schema.maxLength ?? text.length).padEnd(schema.minLength ?? 0, 'x');
}

/** A value with something wrong somewhere in it. */
export function brokenValue(value: unknown, random: Random): unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && random.chance(0.8)) {
    const entries = Object.entries(value);
    switch (random.below(4)) {
      case 0:
        return Object.fromEntries([...entries, [random.of(awkwardTexts).slice(0, 100), random.of(awkwardValues)]]);
      case 1:
        return Object.fromEntries(entries.filter(() => random.chance(0.5)));
      default: {
        const broken = random.below(Math.max(entries.length, 1));
        return Object.fromEntries(
          entries.map(([name, inner], index) => [name, index === broken ? brokenValue(inner, random) : inner]),
        );
      }
    }
  }
  if (Array.isArray(value) && value.length > 0 && random.chance(0.5))
    return value.map((inner: unknown) => brokenValue(inner, random));
  return random.chance(0.5) ? random.of(awkwardTexts) : random.of(awkwardValues);
}
