import { readFileSync } from 'node:fs';
import { compactVerify, type JWSHeaderParameters } from 'jose';
import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { checkToken } from './check-token.ts';
import { decodeToken } from './decode-token.ts';
import type { Fetch } from './fetch-json.ts';
import { identityFromClaims } from './identity-from-claims.ts';
import type { Authenticator, Credentials, Identity } from './identity.ts';
import { readGroups } from './groups-from-claims.ts';
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts';
import { quoted, refused } from './refuse.ts';
import { checkRequiredClaims } from './required-claims.ts';
import { createReplayCache } from './replay-cache.ts';
import { createTokenCache } from './token-cache.ts';
import { proofWindowMs, verifyDpopProof } from './verify-dpop-proof.ts';

/** An issuer from the config; `ca` is an absolute path, or `caPem` gives the certificates themselves. */
export type AuthenticatorIssuer = IssuerConfig & { readonly caPem?: string };

export interface AuthenticatorOptions {
  readonly issuers: readonly AuthenticatorIssuer[];
  /** Public address of this relay; a `Credentials.url` that is only a path is completed with it. */
  readonly relayUrl: string;
  readonly maxTokenBytes: number;
  readonly log: Logger;
  readonly now?: () => number;
  readonly fetch?: Fetch;
}

/** An authenticator whose issuers can be exchanged while it runs. */
export interface ReloadableAuthenticator extends Authenticator {
  /** Puts other issuers in force at once; unchanged ones keep their keys. @throws AccessError `bad-config` */
  replaceIssuers(issuers: readonly AuthenticatorIssuer[]): void;
}

interface Tenant {
  readonly issuer: AuthenticatorIssuer;
  readonly keys: IssuerKeys;
  readonly fingerprint: string;
}

/**
 * Starts fetching every issuer's keys and validates access tokens (RFC 9068, 8725) and DPoP proofs (RFC 9449) with them.
 * @throws AccessError `bad-config` when two issuers have one identifier or a CA file can't be read.
 */
export function createAuthenticator(options: AuthenticatorOptions): ReloadableAuthenticator {
  const { log, maxTokenBytes, relayUrl, now = Date.now } = options;
  const cache = createTokenCache();
  const replays = createReplayCache({ lifetimeMs: 2 * proofWindowMs + 1000, now });
  let tenants = makeTenants(options.issuers, new Map());

  function makeTenants(
    issuers: readonly AuthenticatorIssuer[],
    old: ReadonlyMap<string, Tenant>,
  ): ReadonlyMap<string, Tenant> {
    const named = new Map(issuers.map((issuer) => [issuer.issuer, { issuer, caPem: readCa(issuer) }]));
    if (named.size !== issuers.length) throw new AccessError('bad-config', 'Two issuers have the same identifier.');
    const made = new Map<string, Tenant>();
    for (const [name, { issuer, caPem }] of named) {
      const fingerprint = JSON.stringify([issuer, caPem]);
      const before = old.get(name);
      const keys =
        before?.fingerprint === fingerprint
          ? before.keys
          : createIssuerKeys({ issuer, caPem, log, now, fetch: options.fetch });
      made.set(name, { issuer, keys, fingerprint });
    }
    for (const tenant of [...made.values()])
      for (const other of tenant.issuer.accepted_issuers) {
        if (made.has(other)) throw new AccessError('bad-config', `Two issuers accept ${other}.`);
        made.set(other, tenant);
      }
    return made;
  }

  const verify = async (token: string): Promise<Identity> => {
    const nowMs = now();
    const known = cache.get(token);
    if (known !== undefined) {
      const { identity, set } = known;
      if (nowMs < identity.expiresAtMs && tenants.get(identity.issuer)?.keys.current() === set) return identity;
      cache.delete(token);
    }
    const decoded = decodeToken(token, maxTokenBytes);
    const iss = decoded.claims['iss'];
    const tenant = typeof iss === 'string' ? tenants.get(iss) : undefined;
    if (tenant === undefined) throw refused(`comes from ${quoted(iss)}, which isn’t an issuer of this relay`);
    checkToken(decoded, tenant.issuer, nowMs);
    checkRequiredClaims(decoded.claims, tenant.issuer.required_claims);
    const { values, overage } = readGroups(decoded.claims, tenant.issuer.claims.groups);
    if (overage !== undefined)
      throw refused(
        `leaves out the groups because there are too many (${overage} overage); let the provider send only groups assigned to the app, or configure groups_lookup`,
      );
    const identity = identityFromClaims(decoded.claims, tenant.issuer, values);
    const { key, set } = await tenant.keys.keyFor(decoded.header as JWSHeaderParameters);
    try {
      await compactVerify(token, key, { algorithms: tenant.issuer.algorithms });
    } catch (error) {
      throw refused('isn’t signed by its issuer', error);
    }
    cache.put(token, { identity, set });
    return identity;
  };

  const checkBinding = async (credentials: Credentials, identity: Identity): Promise<void> => {
    const { jkt, certificateSha256 } = identity;
    if (certificateSha256 !== undefined) checkCertificate(certificateSha256, credentials);
    const issuer = tenants.get(identity.issuer)?.issuer;
    if (jkt === undefined) {
      if (credentials.scheme === 'dpop') throw refused('isn’t bound to a key but comes with the DPoP scheme');
      if (issuer?.dpop === 'required') throw refused('isn’t bound to a key, which this relay demands (DPoP)');
      return;
    }
    if (credentials.scheme !== 'dpop') throw refused('is bound to a key but comes without a proof (DPoP)');
    const url = new URL(credentials.url, relayUrl).href;
    await verifyDpopProof({ ...credentials, url }, jkt, { nowMs: now(), replays });
  };

  return {
    async authenticate(credentials) {
      const identity = await verify(credentials.token);
      await checkBinding(credentials, identity);
      return identity;
    },
    readiness() {
      const problems = [...new Set(tenants.values())]
        .map(({ keys }) => keys.problem())
        .filter((problem) => problem !== null);
      return { ready: problems.length === 0, problems };
    },
    replaceIssuers(issuers) {
      const old = tenants;
      tenants = makeTenants(issuers, old);
      cache.clear();
      for (const [name, { keys }] of old) if (tenants.get(name)?.keys !== keys) keys.close();
    },
    close() {
      for (const { keys } of tenants.values()) keys.close();
      cache.clear();
    },
  };
}

/** RFC 8705 §3: the token counts only over a connection that uses the certificate which it is bound to. */
function checkCertificate(bound: string, { clientCertificateSha256: used }: Credentials): void {
  if (used === undefined || used === '')
    throw refused('is bound to a client certificate, but the connection has none (cnf.x5t#S256)');
  if (used !== bound) throw refused('is bound to another client certificate than the connection’s (cnf.x5t#S256)');
}

function readCa({ name, ca, caPem }: AuthenticatorIssuer): string | undefined {
  if (caPem !== undefined || ca === undefined) return caPem;
  try {
    return readFileSync(ca, 'utf8');
  } catch (error) {
    throw new AccessError('bad-config', `The certificate file ${ca} of issuer ${name} can’t be read.`, {
      cause: error,
    });
  }
}
