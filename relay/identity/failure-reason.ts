/** Why something failed, in words: the error’s own, and in brackets those of what lies deepest beneath it. */
export function failureReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  let deepest: Error = error;
  for (let depth = 0; depth < 8 && deepest.cause instanceof Error; depth += 1) deepest = deepest.cause;
  return deepest === error || deepest.message === '' ? error.message : `${error.message} (${deepest.message})`;
}
