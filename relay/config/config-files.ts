import { createHash, createPrivateKey } from 'node:crypto';
import { resolve } from 'node:path';
import { checkCertificates, checkKey, checkShowable } from '../named/check-pem.ts';
import { clientFiles, resolvePaths } from './config-paths.ts';
import type { Config } from './config-schema.ts';
import type { SinkConfig } from './sink-schema.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { parseRedisAddress } from './values/redis-address.ts';
import { webhookKey } from './values/webhook-key.ts';
import { fillIn } from '../named/fill-in.ts';
import { readNamed, type SourceOptions, Unusable } from '../named/named-source.ts';
import { readNotifySecrets } from './notify-files.ts';
import { readSignalSecrets } from './signals-files.ts';
import { readSamlFiles, type SamlSettings } from './saml-files.ts';
import { readStorage } from '../storage/postgres/read-storage.ts';

const minSecretLength = 32;
const minBearerLength = 16;

export type ReportAt = (path: readonly PropertyKey[], message: string) => void;

/** Config with absolute paths and filled-in headers, and the contents of the files that it names. */
export interface ResolvedConfig {
  readonly config: Config;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** PEM text of each `ca` file, by its absolute path. */
  readonly authorities: ReadonlyMap<string, string>;
  /** PEM text of the keys and certificates that the relay uses at providers, by their absolute paths. */
  readonly providerFiles?: ReadonlyMap<string, string>;
  /** Certificate and key (PEM) that the relay shows to an upstream, by API id. */
  readonly upstreamCertificates?: ReadonlyMap<string, { readonly cert: string; readonly key: string }>;
  /** Certificate and key (PEM) that the relay shows to the receiver of a sink, by the sink's name. */
  readonly sinkCertificates?: ReadonlyMap<string, { readonly cert: string; readonly key: string }>;
  /** The database that `storage` names, with its files read; undefined for SQLite in `relay.data`. */
  readonly storage?: PostgresSettings | undefined;
  /** What the operators’ port shows, and the authority of its callers’ certificates (PEM). */
  readonly adminTls?: { readonly cert: string; readonly key: string; readonly clientCa?: string } | undefined;
  /** PEM text of the key that signs the audit, where the config names it. */
  readonly auditKey?: string | undefined;
  /** The section `saml` with its files read. */
  readonly saml?: SamlSettings | undefined;
  /** Absolute paths of all files that were read. */
  readonly files: readonly string[];
  /** Changes when any of the contents does. */
  readonly digest: string;
}

/** Reads and checks every file that the config names and fills in its placeholders. Reports each fault. */
export async function resolveFiles(source: Config, options: SourceOptions, report: ReportAt): Promise<ResolvedConfig> {
  const config = resolvePaths(source, options.folder);
  const contents = new Map<string, string>();
  const authorities = new Map<string, string>();
  const files = new Set<string>();
  const read = async (name: string, isSecret: boolean): Promise<string> => {
    const { text, file } = await readNamed(name, isSecret, options);
    contents.set(name, text);
    if (file !== undefined) files.add(file);
    return text;
  };
  const readSecret = (name: string): Promise<string> => read(name, true);
  const attempt = async (place: readonly PropertyKey[], work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      report(place, error.message);
    }
  };
  const readPair = async (pair: { readonly cert: string; readonly key: string }): Promise<typeof pair> => {
    const cert = await read(pair.cert, false);
    checkCertificates(cert, pair.cert);
    const key = await read(pair.key, true);
    checkKey(key, pair.key, cert);
    checkShowable(cert, key, pair.cert);
    return { cert, key };
  };
  const readAuthority = (path: string | undefined, place: readonly PropertyKey[]): Promise<void> =>
    attempt(place, async () => {
      if (path === undefined || authorities.has(path)) return;
      const pem = await read(path, false);
      checkCertificates(pem, path);
      authorities.set(path, pem);
    });

  let tls: { cert: string; key: string } | undefined;
  const paths = config.relay.tls;
  if (paths !== undefined) {
    let cert: string | undefined;
    await attempt(['relay', 'tls', 'cert'], async () => {
      const pem = await read(paths.cert, false);
      checkCertificates(pem, paths.cert);
      cert = pem;
    });
    await attempt(['relay', 'tls', 'key'], async () => {
      const key = await read(paths.key, true);
      checkKey(key, paths.key, cert);
      if (cert === undefined) return;
      checkShowable(cert, key, paths.cert);
      tls = { cert, key };
    });
  }
  const providerFiles = new Map<string, string>();
  const issuers: Config['issuers'] = [];
  for (const [index, issuer] of config.issuers.entries()) {
    await readAuthority(issuer.ca, ['issuers', index, 'ca']);
    let { relay_client: client, groups_lookup: lookup } = issuer;
    let clientCert: string | undefined;
    for (const { key, isSecret } of clientFiles) {
      const path = client?.[key];
      if (path === undefined) continue;
      await attempt(['issuers', index, 'relay_client', key], async () => {
        const pem = await read(path, isSecret);
        if (isSecret) checkKey(pem, path, key === 'certificate_key' ? clientCert : undefined);
        else checkCertificates(pem, path);
        if (key === 'certificate') clientCert = pem;
        providerFiles.set(path, pem);
      });
    }
    const secrets: string[] = [];
    for (const [at, secret] of (client?.secrets ?? []).entries())
      await attempt(['issuers', index, 'relay_client', 'secrets', at], async () => {
        secrets.push(await fillIn(secret, readSecret));
      });
    if (client !== undefined) client = { ...client, secrets };
    await attempt(['issuers', index, 'groups_lookup', 'bearer'], async () => {
      if (lookup?.bearer === undefined) return;
      lookup = { ...lookup, bearer: await fillIn(lookup.bearer, readSecret) };
    });
    issuers.push({ ...issuer, relay_client: client, groups_lookup: lookup });
  }
  const upstreamCertificates = new Map<string, { readonly cert: string; readonly key: string }>();
  const apis: Config['apis'] = [];
  for (const [index, api] of config.apis.entries()) {
    await readAuthority(api.ca, ['apis', index, 'ca']);
    const pair = api.client_certificate;
    await attempt(['apis', index, 'client_certificate'], async () => {
      if (pair !== undefined) upstreamCertificates.set(api.id, await readPair(pair));
    });
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(api.headers)) {
      await attempt(['apis', index, 'headers', name], async () => {
        headers[name] = await fillIn(value, readSecret);
      });
    }
    apis.push({ ...api, headers });
  }
  const sinkCertificates = new Map<string, { readonly cert: string; readonly key: string }>();
  const sinks: SinkConfig[] = [];
  for (const [index, sink] of config.audit.sinks.entries()) {
    const place = ['audit', 'sinks', index];
    await readAuthority(sink.ca, [...place, 'ca']);
    const pair = sink.client_certificate;
    await attempt([...place, 'client_certificate'], async () => {
      if (pair !== undefined) sinkCertificates.set(sink.name, await readPair(pair));
    });
    const filled: string[] = [];
    for (const [at, secret] of (sink.secrets ?? []).entries())
      await attempt([...place, 'secrets', at], async () => {
        const found = await fillIn(secret, readSecret);
        requireWebhookKey(found);
        filled.push(found);
      });
    sinks.push(sink.secrets === undefined ? sink : { ...sink, secrets: filled });
  }
  const notify =
    config.notify &&
    (await readNotifySecrets(config.notify, {
      authority: readAuthority,
      async secret(place, value, isWebhook) {
        let filled = '';
        await attempt(place, async () => {
          filled = await fillIn(value, readSecret);
          if (isWebhook) requireWebhookKey(filled);
        });
        return filled;
      },
    }));
  const signals = await readSignalSecrets(config.signals, {
    authority: readAuthority,
    async secret(place, value) {
      let filled = '';
      await attempt(place, async () => {
        filled = await fillIn(value, readSecret);
        if (filled.length < minBearerLength)
          throw new Unusable(
            `must have at least ${minBearerLength} characters. Make one with: openssl rand -base64 32`,
          );
      });
      return filled;
    },
  });
  let { shared_state: shared } = config;
  await attempt(['shared_state', 'url'], async () => {
    if (shared.url === undefined) return;
    const url = await fillIn(shared.url, readSecret);
    const address = parseRedisAddress(url);
    if ('why' in address) throw new Unusable(address.why);
    if (address.passwordFile === undefined) shared = { ...shared, url };
    else {
      const passwordFile = resolve(options.folder, address.passwordFile);
      await read(passwordFile, true);
      shared = { ...shared, url: `${address.url}?password_file=${encodeURIComponent(passwordFile)}` };
    }
  });
  for (const key of ['secret', 'other_secret'] as const)
    await attempt(['shared_state', key], async () => {
      const given = shared[key];
      if (given === undefined) return;
      const secret = await fillIn(given, readSecret);
      if (secret.length < minSecretLength)
        throw new Unusable(`must have at least ${minSecretLength} characters. Make one with: openssl rand -base64 32`);
      if (key === 'other_secret' && secret === shared.secret)
        throw new Unusable('is the same as “secret”. Write the one before or the next one, or leave it out.');
      shared = { ...shared, [key]: secret };
    });
  let storage: PostgresSettings | undefined;
  await attempt(['storage'], async () => {
    if (config.storage === undefined) return;
    storage = await readStorage(config.storage, options.folder, read);
  });
  let auditKey: string | undefined;
  await attempt(['audit', 'signing_key'], async () => {
    const path = config.audit.signing_key;
    if (path === undefined) return;
    const pem = await read(path, true);
    checkKey(pem, path, undefined);
    if (createPrivateKey(pem).asymmetricKeyType !== 'ed25519')
      throw new Unusable(
        `names ${path}, whose key isn’t an Ed25519 key. Make one with: openssl genpkey -algorithm ed25519 -out KEY.pem`,
      );
    auditKey = pem;
  });
  let adminTls: ResolvedConfig['adminTls'];
  await attempt(['admin', 'tls'], async () => {
    if (config.admin?.tls === undefined) return;
    const { client_ca: caFile, ...pair } = config.admin.tls;
    adminTls = await readPair(pair);
    if (caFile === undefined) return;
    const clientCa = await read(caFile, false);
    checkCertificates(clientCa, caFile);
    adminTls = { ...adminTls, clientCa };
  });
  let { admin } = config;
  for (const [index, client] of (admin?.console?.sign_in ?? []).entries()) {
    const filled: string[] = [];
    for (const [at, secret] of client.secrets.entries())
      await attempt(['admin', 'console', 'sign_in', index, 'secrets', at], async () => {
        filled.push(await fillIn(secret, readSecret));
      });
    admin = withConsoleSecrets(admin, index, filled);
  }
  let samlCert: string | undefined;
  const saml =
    config.saml &&
    (await readSamlFiles(config.saml, async (place, path, kind) => {
      let text: string | undefined;
      await attempt(place, async () => {
        const found = await read(path, kind === 'key');
        if (kind === 'cert') {
          checkCertificates(found, path);
          samlCert = found;
        } else if (kind === 'key') checkKey(found, path, samlCert);
        text = found;
      });
      return text;
    }));
  const secrets = [
    [...contents],
    apis.map((api) => api.headers),
    issuers,
    shared.url,
    shared.secret,
    shared.other_secret,
    sinks,
    storage,
    notify,
    admin,
    signals,
  ];
  const digest = createHash('sha256').update(JSON.stringify(secrets));
  return {
    config: {
      ...config,
      issuers,
      apis,
      shared_state: shared,
      audit: { ...config.audit, sinks },
      signals,
      ...(notify === undefined ? {} : { notify }),
      admin,
    },
    tls,
    authorities,
    providerFiles,
    upstreamCertificates,
    sinkCertificates,
    storage,
    adminTls,
    auditKey,
    saml,
    files: [...files],
    digest: digest.digest('hex'),
  };
}

function requireWebhookKey(secret: string): void {
  if (webhookKey(secret) === undefined)
    throw new Unusable(
      'must be “whsec_” with 24 to 64 bytes in base64 behind it. Make one with: echo "whsec_$(openssl rand -base64 32)"',
    );
}

function withConsoleSecrets(admin: Config['admin'], index: number, secrets: string[]): Config['admin'] {
  if (admin?.console === undefined) return admin;
  const clients = admin.console.sign_in.map((client, at) => (at === index ? { ...client, secrets } : client));
  return { ...admin, console: { ...admin.console, sign_in: clients } };
}
