import { createHash } from 'node:crypto';
import type { SamlConfig } from './saml-schema.ts';

/** The bridge’s config with the files that it names read. */
export interface SamlSettings {
  readonly config: SamlConfig;
  readonly signing: { readonly key: string; readonly cert: string };
  readonly encryption: { readonly key: string; readonly cert: string } | undefined;
  /** Text of the metadata file; undefined when the config names an address. */
  readonly metadata: string | undefined;
  /** Changes when any of it does. */
  readonly digest: string;
}

type Read = (place: readonly PropertyKey[], path: string, kind: 'cert' | 'key' | 'text') => Promise<string | undefined>;

/** Makes the paths of the section absolute. */
export function resolveSamlPaths(saml: SamlConfig, absolute: (path: string) => string): SamlConfig {
  const pair = ({ key, cert }: SamlConfig['signing']) => ({ key: absolute(key), cert: absolute(cert) });
  return {
    ...saml,
    idp: { ...saml.idp, metadata: isAddress(saml.idp.metadata) ? saml.idp.metadata : absolute(saml.idp.metadata) },
    signing: pair(saml.signing),
    ...(saml.encryption === undefined ? {} : { encryption: pair(saml.encryption) }),
  };
}

/** Reads keys, certificates and metadata with `read`, which reports what is wrong; undefined when something is. */
export async function readSamlFiles(saml: SamlConfig, read: Read): Promise<SamlSettings | undefined> {
  const pair = async (name: 'signing' | 'encryption', { key, cert }: SamlConfig['signing']) => {
    const certPem = await read(['saml', name, 'cert'], cert, 'cert');
    const keyPem = await read(['saml', name, 'key'], key, 'key');
    return certPem === undefined || keyPem === undefined ? undefined : { key: keyPem, cert: certPem };
  };
  const signing = await pair('signing', saml.signing);
  const encryption = saml.encryption === undefined ? undefined : await pair('encryption', saml.encryption);
  const { metadata: source } = saml.idp;
  const metadata = isAddress(source) ? undefined : await read(['saml', 'idp', 'metadata'], source, 'text');
  if (signing === undefined) return undefined;
  if (saml.encryption !== undefined && encryption === undefined) return undefined;
  if (!isAddress(source) && metadata === undefined) return undefined;
  const digest = createHash('sha256')
    .update(JSON.stringify([saml, signing, encryption, metadata]))
    .digest('hex');
  return { config: saml, signing, encryption, metadata, digest };
}

function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}
