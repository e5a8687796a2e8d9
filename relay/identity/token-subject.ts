import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { createAuthenticator } from './create-authenticator.ts';
import { decodeToken } from './decode-token.ts';
import { readGroups } from './groups-from-claims.ts';
import { identityFromClaims } from './identity-from-claims.ts';
import type { Identity } from './identity.ts';

/** Whom a token speaks of. `verified` false means that nobody has checked it: it may be forged or ended. */
export interface TokenSubject {
  readonly identity: Identity;
  readonly verified: boolean;
  /** Why the relay would not accept it; empty when verified. */
  readonly doubt: string;
}

/**
 * Validates a token as the relay does, with its provider's keys; one that isn't accepted is only read.
 * @throws AccessError `token-rejected` when it can't even be read
 */
export async function tokenSubject(token: string, { config }: LoadedConfig, log: Logger): Promise<TokenSubject> {
  const maxTokenBytes = config.limits.max_token_bytes;
  const relayUrl = config.relay.url;
  const authenticator = createAuthenticator({ issuers: config.issuers, relayUrl, maxTokenBytes, log });
  try {
    const credentials = { scheme: 'bearer', token, dpopProof: undefined, method: 'GET', url: relayUrl } as const;
    return { identity: await authenticator.authenticate(credentials), verified: true, doubt: '' };
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    const { claims } = decodeToken(token, maxTokenBytes);
    const issuer = config.issuers.find((candidate) => candidate.issuer === claims['iss']);
    if (issuer === undefined) throw error;
    const { values } = readGroups(claims, issuer.claims.groups);
    return { identity: identityFromClaims(claims, issuer, values), verified: false, doubt: error.message };
  } finally {
    authenticator.close();
  }
}
