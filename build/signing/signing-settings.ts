/** What signs Windows’ files: Microsoft’s service, a key in a token or module, or a key in a file. */
export type WindowsSigning = {
  /** The certificate’s common name, which the app demands of its updates. */
  readonly publisher: string;
  /** Of RFC 3161; null for none, as in tests: such a signature ends with its certificate. */
  readonly timestampUrl: string | null;
} & (
  | { readonly kind: 'azure'; readonly endpoint: string; readonly account: string; readonly profile: string }
  | {
      readonly kind: 'pkcs11';
      readonly module: string;
      readonly key: string;
      readonly certificate: string;
      readonly pin: string;
    }
  | { readonly kind: 'pfx'; readonly file: string; readonly password: string }
);

/** Who signs for macOS, and with what key of App Store Connect it is shown to Apple. */
export interface MacSigning {
  readonly identity: string;
  readonly apiKey: string;
  readonly apiKeyId: string;
  readonly apiIssuer: string;
}

/** Which key of gpg’s keyring signs Linux’ files. */
export interface LinuxSigning {
  readonly key: string;
  /** Null where the agent asks, or the key has none. */
  readonly passphrase: string | null;
  /** Folder of the keyring; null for gpg’s usual one. */
  readonly keyring: string | null;
}

/** What a build is signed with; null for a system that it isn’t signed for. */
export interface SigningSettings {
  readonly windows: WindowsSigning | null;
  readonly mac: MacSigning | null;
  readonly linux: LinuxSigning | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads what a build is signed with from its environment, the only place that it may come from.
 * @throws Error when only a part of what belongs together is there: half a setting would give an unsigned build
 */
export function signingSettings(env: Environment = process.env): SigningSettings {
  return { windows: windowsSigning(env), mac: macSigning(env), linux: linuxSigning(env) };
}

/** Whether what is packaged on a system gets its signature. */
export function isSignedOn(platform: NodeJS.Platform, settings: SigningSettings): boolean {
  if (platform === 'win32') return settings.windows !== null;
  return (platform === 'darwin' ? settings.mac : settings.linux) !== null;
}

function windowsSigning(env: Environment): WindowsSigning | null {
  const found = [
    group(env, ['CAUSEWAY_AZURE_ENDPOINT', 'CAUSEWAY_AZURE_ACCOUNT', 'CAUSEWAY_AZURE_PROFILE']),
    group(env, [
      'CAUSEWAY_WINDOWS_PKCS11_MODULE',
      'CAUSEWAY_WINDOWS_PKCS11_KEY',
      'CAUSEWAY_WINDOWS_PKCS11_CERTIFICATE',
      'CAUSEWAY_WINDOWS_PKCS11_PIN',
    ]),
    group(env, ['CAUSEWAY_WINDOWS_PFX', 'CAUSEWAY_WINDOWS_PFX_PASSWORD']),
  ];
  if (found.every((each) => each === null)) return null;
  if (found.filter((each) => each !== null).length > 1)
    throw new Error('Several certificates for Windows are named: keep one of Azure’s service, PKCS#11 and PFX.');
  const publisher = valueOf(env, 'CAUSEWAY_WINDOWS_PUBLISHER');
  if (publisher === undefined)
    throw new Error('CAUSEWAY_WINDOWS_PUBLISHER is missing: the common name of the certificate for Windows.');
  const [azure, pkcs11, pfx] = found;
  const named = valueOf(env, 'CAUSEWAY_TIMESTAMP_URL');
  const usual = azure === null ? 'http://timestamp.digicert.com' : 'http://timestamp.acs.microsoft.com';
  const both = { publisher, timestampUrl: named === 'none' ? null : (named ?? usual) };
  if (azure) {
    const [endpoint = '', account = '', profile = ''] = azure;
    return { ...both, kind: 'azure', endpoint, account, profile };
  }
  if (pkcs11) {
    const [module = '', key = '', certificate = '', pin = ''] = pkcs11;
    return { ...both, kind: 'pkcs11', module, key, certificate, pin };
  }
  const [file = '', password = ''] = pfx ?? [];
  return { ...both, kind: 'pfx', file, password };
}

function macSigning(env: Environment): MacSigning | null {
  const names = ['CAUSEWAY_MAC_IDENTITY', 'APPLE_API_KEY', 'APPLE_API_KEY_ID', 'APPLE_API_ISSUER'];
  const [identity = '', apiKey = '', apiKeyId = '', apiIssuer = ''] = group(env, names) ?? [];
  return identity === '' ? null : { identity, apiKey, apiKeyId, apiIssuer };
}

function linuxSigning(env: Environment): LinuxSigning | null {
  const key = valueOf(env, 'CAUSEWAY_GPG_KEY');
  const passphrase = valueOf(env, 'CAUSEWAY_GPG_PASSPHRASE') ?? null;
  if (key === undefined) {
    if (passphrase !== null) throw new Error('CAUSEWAY_GPG_KEY is missing, but CAUSEWAY_GPG_PASSPHRASE is there.');
    return null;
  }
  if (!/^[0-9A-F]{40}$/i.test(key)) throw new Error('CAUSEWAY_GPG_KEY isn’t a fingerprint of 40 hexadecimal digits.');
  return { key: key.toUpperCase(), passphrase, keyring: valueOf(env, 'CAUSEWAY_GPG_HOME') ?? null };
}

/** All values of names that belong together; null when none is there. */
function group(env: Environment, names: readonly string[]): readonly string[] | null {
  const there = names.filter((name) => valueOf(env, name) !== undefined);
  if (there.length === 0) return null;
  const missing = names.filter((name) => !there.includes(name));
  if (missing.length > 0) throw new Error(`${missing.join(', ')} missing, but ${there.join(', ')} there.`);
  return names.map((name) => valueOf(env, name) ?? '');
}

/** CI gives secrets that aren’t set as empty. */
function valueOf(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
