import type { DiscoveryDocument, DiscoveryIssuer } from '../../../shared/discovery-document.ts';
import { tunnelProtocol } from '../../../shared/tunnel/protocol.ts';
import { breakGlassIssuerOf } from '../../config/break-glass-issuer.ts';
import { clientPolicyOf } from '../../config/client-policy.ts';
import type { Config } from '../../config/config-schema.ts';

/** What clients learn of the relay before anybody signs in. It names no API. */
export function discoveryDocument(config: Config, version: string): DiscoveryDocument {
  const { relay, issuers } = config;
  const own = config.break_glass && issuers.find(({ issuer }) => issuer === breakGlassIssuerOf(config));
  const { minimum, recommended, howToUpdate } = clientPolicyOf(config);
  return {
    causeway: 1,
    name: relay.name,
    relayUrl: relay.url,
    version,
    ...(minimum === null ? {} : { minimumClientVersion: minimum }),
    ...(recommended === null ? {} : { recommendedClientVersion: recommended }),
    ...(howToUpdate === null ? {} : { howToUpdate }),
    tunnelProtocols: [tunnelProtocol],
    time: new Date().toISOString(),
    issuers: issuers.filter(({ issuer }) => issuer !== own?.issuer).map(issuerDocument),
    ...(own === undefined ? {} : { breakGlass: issuerDocument(own) }),
  };
}

function signInTimes({
  lasts_hours: lasts,
  warn_hours: warn,
}: NonNullable<Config['issuers'][number]['sign_in']>): NonNullable<DiscoveryIssuer['signIn']> {
  return {
    ...(lasts === undefined ? {} : { lastsSeconds: lasts * 3600 }),
    ...(warn === undefined ? {} : { warnSeconds: warn * 3600 }),
  };
}

function issuerDocument(issuer: Config['issuers'][number]): DiscoveryIssuer {
  return {
    name: issuer.name,
    issuer: issuer.issuer,
    clientId: issuer.client_id,
    scopes: issuer.scopes,
    ...(issuer.resource === undefined ? {} : { resource: issuer.resource }),
    dpop: issuer.dpop,
    redirectPorts: issuer.redirect_ports,
    ...(issuer.public_client_secret === undefined ? {} : { clientSecret: issuer.public_client_secret }),
    ...(issuer.sign_in === undefined ? {} : { signIn: signInTimes(issuer.sign_in) }),
    ...(issuer.token_kind === 'id_token' ? { tokenKind: issuer.token_kind } : {}),
  };
}
