import { readFileSync } from 'node:fs';
import { certificateVariables } from '../client/network/client-certificate.ts';
import { AccessError } from '../shared/errors.ts';
import { text } from '../shared/messages/text.ts';

/** What the app is told from outside at start, by IT or by the person who starts it. */
export interface StartEnvironment {
  readonly suggestedRelayUrl: string | undefined;
  readonly caFile: string | undefined;
  /** PEM files with the certificate that this computer shows to relay and sign-in service, and its key (RFC 8705). */
  readonly certificateFile: string | undefined;
  readonly certificateKeyFile: string | undefined;
  /** Name of this computer on the Sessions screen, instead of its host name. */
  readonly deviceName: string | undefined;
  /** Another profile folder than the usual one. */
  readonly userDataDir: string | undefined;
  /** Started by the system at login: stay in the tray. */
  readonly hidden: boolean;
}

const userDataSwitch = '--user-data-dir=';

/**
 * Reads `CAUSEWAY_RELAY_URL` (pre-fills the sign-in), `CAUSEWAY_CA_FILE` (PEM with extra certificate authorities),
 * `CAUSEWAY_CLIENT_CERTIFICATE` and `CAUSEWAY_CLIENT_CERTIFICATE_KEY` (PEM files), `CAUSEWAY_DEVICE_NAME`,
 * `--user-data-dir=` and `--hidden`.
 */
export function readStartEnvironment(env: NodeJS.ProcessEnv, argv: readonly string[]): StartEnvironment {
  return {
    suggestedRelayUrl: present(env['CAUSEWAY_RELAY_URL']?.trim()),
    caFile: present(env['CAUSEWAY_CA_FILE']),
    certificateFile: present(env[certificateVariables.cert]),
    certificateKeyFile: present(env[certificateVariables.key]),
    deviceName: present(env['CAUSEWAY_DEVICE_NAME']?.trim().slice(0, 100)),
    userDataDir: present(argv.find((argument) => argument.startsWith(userDataSwitch))?.slice(userDataSwitch.length)),
    hidden: argv.includes('--hidden'),
  };
}

/** Certificates of the named file. Throws when it can't be read: trust is never narrowed or widened silently. */
export function readAuthorities(caFile: string | undefined): readonly string[] {
  if (caFile === undefined) return [];
  try {
    return [readFileSync(caFile, 'utf8')];
  } catch (cause) {
    throw new AccessError('bad-config', text('failure.ca-file', { path: caFile }), { cause });
  }
}

function present(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
