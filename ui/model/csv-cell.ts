/** One text cell of CSV (RFC 4180): quoted where needed; a leading `= + - @`, tab or line break can't start a formula. */
export function textCell(text: string): string {
  const plain = /^[\s]*[=+\-@]|^[\t\r\n]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
