/** Shapes of what must not stand in a log, wherever it comes from: schemes with a token, JWTs, parameters of OAuth, cookies. */
const secrets: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(Bearer|DPoP|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 …'],
  [/(?<![\w-])eyJ[\w-]{5,}(?:\.[\w-]+){1,4}/g, '…'],
  [
    /\b(access_token|refresh_token|id_token|client_secret|code_verifier|client_assertion|password)(["']?\s*[=:]\s*["']?)[^&\s"',}]+/gi,
    '$1$2…',
  ],
  // Codes of errors are no secrets: that of a sign-in stands in an address.
  [/([?&]code=)[^&\s"]+/gi, '$1…'],
  [/\b((?:set-)?cookie["']?\s*:\s*["']?)[^"\n]+/gi, '$1…'],
  [/:\/\/[^/\s:@"]+:[^/\s@"]+@/g, '://…@'],
];

/** A line of a log with “…” in place of tokens, codes, passwords and cookies. */
export function withoutSecrets(line: string): string {
  return secrets.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line);
}
