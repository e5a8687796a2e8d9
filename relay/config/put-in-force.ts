import type { Logger } from 'pino';

/**
 * Puts `next` in force at each part, or at none: when one refuses it, that one and those that have it get `before` again.
 * @throws what the part threw
 */
export function putInForce<Config>(
  parts: readonly ((config: Config) => unknown)[],
  { before, next, log }: { readonly before: Config; readonly next: Config; readonly log: Logger },
): void {
  for (const [index, part] of parts.entries()) {
    try {
      part(next);
    } catch (error) {
      for (const reached of parts.slice(0, index + 1)) {
        try {
          reached(before);
        } catch (err) {
          log.error({ err }, 'a part of the relay can’t go back to the config in force');
        }
      }
      throw error;
    }
  }
}
