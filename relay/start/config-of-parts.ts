import type { LoadedConfig } from '../config/load-config.ts';
import type { AuthenticatorIssuer } from '../identity/create-authenticator.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { recordedFields } from '../recorded/recorded-fields.ts';
import type { UpstreamConfig } from '../upstream/upstream-pools.ts';
import { shareOfLimits } from '../workers/share-of-limits.ts';

/** What requests are decided by, with one worker's share of the limits. */
export function policyInForce({ config }: LoadedConfig, workers: number): PolicyInForce {
  return {
    policy: compilePolicy(config),
    apis: new Map(config.apis.map((api) => [api.id, api])),
    limits: shareOfLimits(config.limits, workers),
    recorded: recordedFields(config),
  };
}

/** The issuers as the authenticator takes them, with the files that they name. */
export function issuersOf({ config, authorities, providerFiles }: LoadedConfig): AuthenticatorIssuer[] {
  return config.issuers.map((issuer) => {
    const caPem = issuer.ca === undefined ? undefined : authorities.get(issuer.ca);
    return { ...issuer, files: providerFiles, ...(caPem === undefined ? {} : { caPem }) };
  });
}

/** Where the APIs are, as the connections to them take it, with the files that they name. */
export function upstreamConfigs({ config, authorities, upstreamCertificates }: LoadedConfig): UpstreamConfig[] {
  return config.apis.map((api) => ({
    id: api.id,
    upstream: api.upstream,
    protocol: api.protocol,
    rewrite: api.rewrite,
    timeout_seconds: api.timeout_seconds,
    max_body_bytes: api.max_body_bytes,
    headers: api.headers,
    host: api.host,
    drop_headers: api.drop_headers,
    keep_headers: api.keep_headers,
    redirect: api.redirect,
    x_forwarded: api.x_forwarded,
    server_name: api.server_name,
    connection_auth: api.connection_auth,
    resolve_seconds: api.resolve_seconds,
    max_answer_header_bytes: api.max_answer_header_bytes,
    caPem: api.ca === undefined ? undefined : authorities.get(api.ca),
    certificate: upstreamCertificates?.get(api.id),
  }));
}
