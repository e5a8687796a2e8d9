import { z } from 'zod';
import type { Language } from '../messages/language.ts';

/** How a value is given; it decides its type in the registry, in a plist and in JSON. */
export type KeyForm =
  | { readonly type: 'boolean' }
  | { readonly type: 'whole'; readonly min: number; readonly max: number }
  | { readonly type: 'choice'; readonly choices: readonly string[] }
  | { readonly type: 'text'; readonly example: string }
  | { readonly type: 'list'; readonly example: readonly string[] }
  | {
      readonly type: 'table';
      readonly of: 'text' | 'whole';
      readonly example: Readonly<Record<string, string | number>>;
    };

/** A text in each language of the app. */
export type Words = Readonly<Record<Language, string>>;

/** Where a key takes effect. */
export type AppliesTo = 'app' | 'cli';

/** One key of managed settings. */
export interface KeyDescription<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  readonly form: KeyForm;
  /** What holds when nobody sets it, as the docs say it. */
  readonly fallback: Words;
  readonly applies: readonly AppliesTo[];
  readonly title: Words;
  readonly text: Words;
}

type Rest = Omit<KeyDescription, 'schema' | 'form'>;

const mostItems = 200;
const longestText = 2048;

/** True or false. */
export function yesNo(rest: Rest): KeyDescription<z.ZodBoolean> {
  return { ...rest, schema: z.boolean(), form: { type: 'boolean' } };
}

/** A whole number. */
export function whole(min: number, max: number, rest: Rest): KeyDescription<z.ZodInt> {
  return { ...rest, schema: z.int().min(min).max(max), form: { type: 'whole', min, max } };
}

/** One of a few words. */
export function choice<const Choices extends readonly [string, ...string[]]>(choices: Choices, rest: Rest) {
  return { ...rest, schema: z.enum(choices), form: { type: 'choice', choices } } as const satisfies KeyDescription;
}

/** One line of text. */
export function line(item: z.ZodString, example: string, rest: Rest): KeyDescription<z.ZodString> {
  return { ...rest, schema: item.min(1).max(longestText), form: { type: 'text', example } };
}

/** Several texts. */
export function list<Item extends z.ZodType<string>>(
  item: Item,
  example: readonly string[],
  rest: Rest,
): KeyDescription<z.ZodArray<Item>> {
  return { ...rest, schema: z.array(item).max(mostItems), form: { type: 'list', example } };
}

/** Values by name. */
export function table<Schema extends z.ZodRecord<z.ZodString, z.ZodType<string | number>>>(
  schema: Schema,
  of: 'text' | 'whole',
  example: Readonly<Record<string, string | number>>,
  rest: Rest,
): KeyDescription<Schema> {
  return { ...rest, schema, form: { type: 'table', of, example } };
}
