/** Of OAuth and of passwords, in each spelling; what stands before them belongs to the name. */
const names =
  '(?:access|refresh|id)[_-]?token|client[_-]?secret|code[_-]?verifier|client[_-]?assertion|device[_-]?code|password|passphrase';

/** Up to the quote that ends it, behind as many backslashes as the first stands behind: JSON inside of JSON has some. */
const quoted = String.raw`(\\*)(["'])[^\n]*?(?=(?<!\\)\2\3|\n|$)`;

/**
 * Shapes of what must not stand in a log, wherever it comes from: schemes with a token, JWTs, parameters of OAuth, cookies.
 * None looks at a character again for each start: others choose how long a line is.
 */
const secrets: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(Bearer|DPoP|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 …'],
  [/(?<![\w-])eyJ[\w-]{5,}(?:\.[\w-]+){1,4}/g, '…'],
  [
    new RegExp(String.raw`((?:${names})\\*["']?\s*[=:]\s*)(?:${quoted}|(?:[^&\s"',}\\]|\\+[^"'\\\s])+)`, 'gi'),
    '$1$2$3…',
  ],
  // Codes of errors are no secrets: that of a sign-in stands in an address.
  [/([?&]code=)[^&\s"\\]+/gi, '$1…'],
  [new RegExp(String.raw`(cookie\\*["']?\s*:\s*)(?:${quoted}|\[[^\]\n]*|(?:[^"\\\n]|\\+[^"\\\n])+)`, 'gi'), '$1$2$3…'],
  // A password may have an @ in it.
  [/:\/\/[^/\s"]*@/g, '://…@'],
];

/** A line of a log with “…” in place of tokens, codes, passwords and cookies. */
export function withoutSecrets(line: string): string {
  return secrets.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line);
}
