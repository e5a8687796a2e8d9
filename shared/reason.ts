import { z } from 'zod';
import type { MessageValues } from './messages/message-arguments.ts';
import type { reason as english } from './messages/en/reason.ts';
import { type StepUp, stepUpSchema } from './step-up.ts';

/** What is put into a text: words as they are, or parts that each language joins, counts and writes in its own way. */
export type ReasonValue =
  | string
  | number
  /** “a, b or c”. */
  | { readonly any: readonly string[] }
  /** “a, b and c”. */
  | { readonly all: readonly string[] }
  /** An instant, milliseconds since the epoch. */
  | { readonly atMs: number }
  /** A fresh sign-in that is asked for. */
  | { readonly stepUp: StepUp }
  /** Texts of their own, joined by “and”, “or” or semicolons. */
  | { readonly and: readonly Reason[] }
  | { readonly or: readonly Reason[] }
  | { readonly list: readonly Reason[] };

/**
 * A sentence of the relay’s, or a part of one, as a code with what is put into it: what the relay says in English, a
 * client says in the person’s language. `shared/messages/<language>/reason.ts` has the sentences.
 */
export interface Reason {
  readonly code: string;
  readonly values?: Readonly<Record<string, ReasonValue>> | undefined;
}

/** Codes that this version knows. */
export type ReasonCode = keyof typeof english extends infer Id
  ? Id extends `reason.${infer Code}`
    ? Code
    : never
  : never;

type Names<Code extends ReasonCode> = keyof MessageValues<(typeof english)[`reason.${Code}`]>;

type Values<Code extends ReasonCode> = [Names<Code>] extends [never]
  ? []
  : [values: { readonly [Name in Names<Code>]: ReasonValue }];

/** Makes one of a code that there is, with all that its sentence takes. */
export function reason<Code extends ReasonCode>(code: Code, ...values: Values<Code>): Reason {
  const [first] = values;
  return first === undefined ? { code } : { code, values: first as Readonly<Record<string, ReasonValue>> };
}

const words = z.array(z.string().max(2000)).max(1000);
const plainValue = z.union([
  z.string().max(10_000),
  z.number(),
  z.strictObject({ any: words }),
  z.strictObject({ all: words }),
  z.strictObject({ atMs: z.number() }),
  z.strictObject({ stepUp: stepUpSchema }),
]);

const withValues = <Value extends z.ZodType>(value: Value) =>
  z.object({ code: z.string().max(100), values: z.record(z.string().max(50), value).optional() });
const around = <Inner extends z.ZodType>(inner: Inner) => {
  const parts = z.array(inner).max(1000);
  return withValues(
    z.union([
      plainValue,
      z.strictObject({ and: parts }),
      z.strictObject({ or: parts }),
      z.strictObject({ list: parts }),
    ]),
  );
};

/** As it comes from a relay: no deeper than any that there is. Sentences in a row make up a text. */
export const reasonsSchema: z.ZodType<readonly Reason[]> = z
  .array(around(around(around(around(around(withValues(plainValue)))))))
  .max(50);
