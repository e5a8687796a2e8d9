import { asciiJson } from '../audit/audit-line.ts';
import type { ShippedRecord } from './sink-target.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Lengths to which texts and lists of a record are shortened, one after the other, until it fits. */
const lengths = [1024, 256, 64] as const;

/** What is left of a record that doesn’t fit, longest first. */
export function shorterForms(record: Fields): readonly Fields[] {
  return lengths.map((length) => shortened(record, length) as Fields);
}

/** The least of a record: what it is, when it was, and of which request. */
export function leastForm({ type, timeMs, requestId }: Fields): Fields {
  return { type, timeMs, requestId };
}

/** A record on its way in shorter forms, longest first, down to the least; each says that it was shortened. */
export function shorterRecords({ seq, payload }: ShippedRecord): readonly ShippedRecord[] {
  const record = JSON.parse(payload) as Fields;
  const forms = [...shorterForms(record), leastForm(record)].map(asciiJson);
  const shorter = forms.filter((form, index) => form.length < (forms[index - 1] ?? payload).length);
  return shorter.map((form) => ({ seq, payload: form, isShortened: true }));
}

function shortened(value: unknown, length: number): unknown {
  if (typeof value === 'string') return value.length > length ? `${value.slice(0, length)}…`.toWellFormed() : value;
  if (Array.isArray(value)) return value.slice(0, length / 16).map((item) => shortened(item, length));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner, length)]));
}
