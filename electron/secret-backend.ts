import { text } from '../shared/messages/text.ts';
/** What the operating system said about encryption of small secrets. */
export interface EncryptionFacts {
  readonly platform: NodeJS.Platform;
  readonly available: boolean;
  /** Password manager that Chromium chose; only Linux has a choice. */
  readonly linuxBackend: string | null;
}

export type SecretBackend = { readonly status: 'keychain' } | { readonly status: 'memory'; readonly reason: string };

/**
 * Decides where tokens are kept. Chromium's `basic_text` encrypts with a password that is in its source, which is no
 * encryption: then tokens stay in memory and the app says so.
 */
export function decideSecretBackend({ platform, available, linuxBackend }: EncryptionFacts): SecretBackend {
  if (!available) {
    return { status: 'memory', reason: text('main.no-storage') };
  }
  if (platform === 'linux' && (linuxBackend === null || linuxBackend === 'basic_text' || linuxBackend === 'unknown')) {
    return {
      status: 'memory',
      reason: text('main.no-password-manager'),
    };
  }
  return { status: 'keychain' };
}
