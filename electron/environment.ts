import { readFileSync } from 'node:fs';

/** What the app is told from outside at start, by IT or by the person who starts it. */
export interface StartEnvironment {
  readonly suggestedRelayUrl: string | undefined;
  readonly ca: readonly string[];
  /** Started by the system at login: stay in the tray. */
  readonly hidden: boolean;
}

/**
 * Reads `CAUSEWAY_RELAY_URL` (pre-fills the sign-in), `CAUSEWAY_CA_FILE` (PEM with extra certificate authorities) and
 * `--hidden`. Throws when the named certificate file can't be read: trust is never narrowed or widened silently.
 */
export function readStartEnvironment(env: NodeJS.ProcessEnv, argv: readonly string[]): StartEnvironment {
  const relayUrl = env['CAUSEWAY_RELAY_URL']?.trim();
  const caFile = env['CAUSEWAY_CA_FILE'];
  return {
    suggestedRelayUrl: relayUrl === undefined || relayUrl === '' ? undefined : relayUrl,
    ca: caFile === undefined || caFile === '' ? [] : [readFileSync(caFile, 'utf8')],
    hidden: argv.includes('--hidden'),
  };
}
