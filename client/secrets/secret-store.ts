/** What the other places of this computer hold of a name, besides the store in use. */
export interface SecretsElsewhere {
  /** The values that could be read there. */
  readonly values: readonly string[];
  /** Where one stands that can’t be read now, and why, for the person. */
  readonly closed: readonly string[];
}

/**
 * Where tokens and keys are kept between runs. The desktop gives one made of Electron's `safeStorage`, the CLI one
 * over the OS keychain or an encrypted file. Values never reach plain disk, argv, logs or the renderer.
 */
export interface SecretStore {
  readonly kind: 'keychain' | 'encrypted-file' | 'memory';
  /** Why there is only memory, for the person; null otherwise. */
  readonly memoryReason: string | null;
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
  /** Deletes the value in every place of this computer, also in those that can't be read now. */
  delete(name: string): Promise<void>;
  /** Looks into the places that this store doesn't use, for example under a passphrase that wasn't given. */
  elsewhere(name: string): Promise<SecretsElsewhere>;
}
