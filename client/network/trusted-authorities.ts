import { getCACertificates } from 'node:tls';

let builtIn: readonly string[] | undefined;

/**
 * Certificate authorities (PEM) to trust: Node's own, the operating system's, and the extra ones given. Reading the
 * system's costs some milliseconds and happens once.
 */
export function trustedAuthorities(extra: readonly string[] = []): string[] {
  builtIn ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return [...builtIn, ...extra];
}
