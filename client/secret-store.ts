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
  delete(name: string): Promise<void>;
}
