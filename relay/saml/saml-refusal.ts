import { AccessError } from '../../shared/errors.ts';

/** What the SAML identity provider, or somebody in its place, sent can’t be accepted; `reason` is a whole sentence. */
export function samlRefusal(reason: string, cause?: unknown): AccessError {
  return new AccessError('token-rejected', reason, cause === undefined ? {} : { cause });
}

/** The provider’s metadata or what it sends doesn’t fit the relay’s config; `reason` is a whole sentence. */
export function samlMisfit(reason: string, cause?: unknown): AccessError {
  return new AccessError('idp-misconfigured', reason, cause === undefined ? {} : { cause });
}
