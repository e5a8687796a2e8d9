type Claims = Readonly<Record<string, unknown>>;

/**
 * Tells a token that a service got for itself from one of a person, by what the standards and providers document:
 * the subject is the client (RFC 9068 §2.2), `idtyp` or an object id without scopes (Microsoft Entra ID), `gty`
 * (Auth0), the service account's user name (Keycloak). Pure.
 */
export function identityKind(claims: Claims): 'person' | 'service' {
  const { sub, client_id: clientId, azp, cid, appid } = claims;
  if ([clientId, azp, cid, appid].some((client) => client !== undefined && client === sub)) return 'service';
  if (claims['idtyp'] === 'app' || claims['gty'] === 'client-credentials') return 'service';
  const hasSession = claims['sid'] !== undefined || claims['auth_time'] !== undefined;
  if (hasSession) return 'person';
  const isEntraApp = (azp ?? appid) !== undefined && claims['oid'] === sub && claims['tid'] !== undefined;
  if (isEntraApp && claims['scp'] === undefined && claims['idtyp'] !== 'user') return 'service';
  const client = typeof azp === 'string' ? azp : clientId;
  return typeof client === 'string' && claims['preferred_username'] === `service-account-${client}`
    ? 'service'
    : 'person';
}
