import { shownText } from '../../shared/shown-text.ts';

const maxValues = 32;
const maxValueLength = 256;
const redacted = '(redacted)';

/** What looks like a secret although its name is allowed: tokens, keys, long random values, and passwords in addresses. */
const secrets = [
  /\beyJ[\w-]+\.[\w-]*\.?[\w.-]*/,
  /\b(?:bearer|basic)\s+\S+/i,
  /-----BEGIN [A-Z ]*KEY-----/,
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk-|sk_live_|rk_live_|AKIA|ASIA|AIza)[\w-]{8,}/,
  /:\/\/[^\s/]*@/,
  /(?<![\w+/=-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{32,}(?![\w+/=-])/,
];

/** A UUID names something; it opens nothing. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Values of the named query parameters of a request target, in the target's order and read as forms are (`+` is a space);
 * what looks like a secret is redacted, long values are cut. Undefined when it has none of them.
 */
export function recordedQuery(
  target: string,
  names: ReadonlySet<string>,
): Readonly<Record<string, readonly string[]>> | undefined {
  const mark = target.indexOf('?');
  if (mark === -1) return undefined;
  const found = new Map<string, string[]>();
  let count = 0;
  for (const [name, value] of new URLSearchParams(target.slice(mark + 1))) {
    if (!names.has(name)) continue;
    if (++count > maxValues) break;
    const values = found.get(name) ?? [];
    values.push(recordedValue(value));
    found.set(name, values);
  }
  return found.size === 0 ? undefined : Object.fromEntries(found);
}

function recordedValue(value: string): string {
  if (!uuid.test(value) && secrets.some((secret) => secret.test(value))) return redacted;
  const shown = shownText(value);
  return shown.length > maxValueLength ? `${shown.slice(0, maxValueLength)}…` : shown;
}
