import { AccessError } from '../../shared/errors.ts';
import { PageError } from '../page-texts/page-error.ts';
import type { Sentence } from '../page-texts/page-text.ts';

/** What the SAML identity provider, or somebody in its place, sent can’t be accepted; `reason` is a whole sentence. */
export function samlRefusal(reason: string, cause?: unknown): AccessError {
  return new AccessError('token-rejected', reason, cause === undefined ? {} : { cause });
}

/** The provider’s metadata or what it sends doesn’t fit the relay’s config; `reason` is a whole sentence. */
export function samlMisfit(reason: string, cause?: unknown): AccessError {
  return new AccessError('idp-misconfigured', reason, cause === undefined ? {} : { cause });
}

/** The same where the person can do something about it, who reads it in their language. */
export function saidRefusal(sentence: Sentence, cause?: unknown): PageError {
  return new PageError('token-rejected', sentence, cause);
}
