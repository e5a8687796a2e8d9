import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { answerTimeoutMs, createJsonFetcher, type Fetch } from './fetch-json.ts';
import { createIntrospector, type Introspector } from './introspect-token.ts';
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts';
import type { KeptProviderKeys } from './kept-provider-keys.ts';
import { createGroupsLookup, type GroupsLookup } from './look-up-groups.ts';
import { openOutbound, type Outbound } from './open-outbound.ts';
import { createProviderClient } from './relay-client.ts';
import type { Schedule } from './schedule.ts';

/**
 * An issuer from the config; its file names are absolute paths, or `caPem` and `files` (by path) give the contents
 * themselves.
 */
export type AuthenticatorIssuer = IssuerConfig & {
  readonly caPem?: string;
  readonly files?: ReadonlyMap<string, string> | undefined;
  /** Its tokens count also while what relays share is out of reach, by what is known here. */
  readonly standsAlone?: boolean;
};

/** One issuer at work: its settings, its keys, and what can be asked of it. */
export interface Provider {
  readonly issuer: AuthenticatorIssuer;
  readonly keys: IssuerKeys;
  readonly introspector: Introspector | undefined;
  readonly groupsLookup: GroupsLookup | undefined;
  /**
   * Whether the provider still takes the token, by its userinfo endpoint; undefined when it doesn't say, and as long as
   * that endpoint hasn't taken any token of this kind.
   */
  readonly askUserinfo: (token: string) => Promise<boolean | undefined>;
  /** Changes when the settings do. */
  readonly fingerprint: string;
  close(): void;
}

export interface ProviderOptions {
  readonly log: Logger;
  readonly now: () => number;
  readonly schedule?: Schedule | undefined;
  readonly fetch: Fetch | undefined;
  readonly onKeysChanged?: ((issuer: string) => void) | undefined;
  readonly keptKeys?: KeptProviderKeys | undefined;
}

/** All that the issuer's settings and files say, to compare with an earlier time. @throws AccessError `bad-config` */
export function providerFingerprint(issuer: AuthenticatorIssuer): string {
  return JSON.stringify([issuer, [...(issuer.files ?? [])], contentsOf(issuer)]);
}

/** Starts fetching the issuer's metadata and keys. @throws AccessError `bad-config` when a file can't be read. */
export function openProvider(issuer: AuthenticatorIssuer, options: ProviderOptions): Provider {
  const { log, now, fetch } = options;
  const { caPem, certificate, privateKeyPem } = contentsOf(issuer);
  const outbound = (connections: number): Outbound =>
    openOutbound({ proxy: issuer.proxy, caPem, certificate, timeoutMs: answerTimeoutMs, connections });
  const keys = createIssuerKeys({
    issuer,
    hasCertificate: certificate !== undefined,
    outbound: outbound(2),
    log,
    now,
    schedule: options.schedule,
    fetch,
    onChanged: () => options.onKeysChanged?.(issuer.issuer),
    kept: options.keptKeys,
  });
  const fetcher = createJsonFetcher({ outbound: outbound(32), fetch, now });
  const client = createProviderClient({
    issuer: issuer.issuer,
    client: issuer.relay_client,
    privateKeyPem,
    fetcher,
    now,
  });
  const common = { issuer, client, fetcher, metadata: () => keys.metadata(), now };
  const { introspection, groups_lookup: lookup } = issuer;
  // Many providers' userinfo endpoints refuse every token that is meant for somebody else's API.
  let userinfoTakesTokens = false;
  let saidUseless = false;
  return {
    issuer,
    keys,
    introspector: introspection === undefined ? undefined : createIntrospector({ ...common, settings: introspection }),
    groupsLookup: lookup === undefined ? undefined : createGroupsLookup({ ...common, settings: lookup }),
    async askUserinfo(token) {
      const { userinfo_endpoint: url } = await keys.metadata();
      if (url === undefined) return undefined;
      const { status } = await fetcher.requestJson(url, { headers: { authorization: `Bearer ${token}` } });
      if (status === 200) userinfoTakesTokens = true;
      if (status !== 401) return status === 200 ? true : undefined;
      if (userinfoTakesTokens) return false;
      if (!saidUseless)
        log.warn(
          { issuer: issuer.issuer },
          'the provider’s userinfo endpoint doesn’t take tokens for this relay, so that recheck_seconds has no effect; configure introspection',
        );
      saidUseless = true;
      return undefined;
    },
    fingerprint: providerFingerprint(issuer),
    close() {
      keys.close();
      fetcher.close();
    },
  };
}

interface Contents {
  readonly caPem: string | undefined;
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  readonly privateKeyPem: string | undefined;
}

function contentsOf(issuer: AuthenticatorIssuer): Contents {
  const client = issuer.relay_client;
  const read = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : (issuer.files?.get(path) ?? readPem(path, issuer.name));
  const cert = read(client?.certificate);
  const key = read(client?.certificate_key);
  return {
    caPem: issuer.caPem ?? read(issuer.ca),
    certificate: cert === undefined || key === undefined ? undefined : { cert, key },
    privateKeyPem: read(client?.private_key),
  };
}

function readPem(path: string, issuerName: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AccessError('bad-config', `The file ${path} of issuer ${issuerName} can’t be read.`, { cause: error });
  }
}
