/**
 * SQL for the JSON in a column of text. PostgreSQL takes none apart in which NUL or half of a surrogate pair is escaped
 * anywhere, though JSON may hold both (RFC 8259 §7, §8.2), and one such row would fail a query over all of them: they are
 * replaced by U+FFFD here.
 */
export function jsonIn(column: string): string {
  return String.raw`regexp_replace(${column}, '\\u(?:0000|d[89a-f][0-9a-f]{2})', '\\ufffd', 'g')::json`;
}
