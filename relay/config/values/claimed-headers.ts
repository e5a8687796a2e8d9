import { claimedIdentities } from './claimed-identities.ts';
import { claimedWays } from './claimed-ways.ts';

/** Request headers of one kind of product; `x-acme-*` stands for every name that begins so. */
export interface ClaimedHeaders {
  readonly what: string;
  readonly names: readonly string[];
}

/**
 * Headers by which a server lets a proxy in front of it say who is calling, how the request came or what it is really
 * for. Nobody but the relay stands in front of the upstream, so a caller's own are dropped unless the API keeps them.
 * Names are folded: lower case, every character but letters and digits as “-”. docs/headers.md shows this list.
 */
export const claimedHeaders: readonly ClaimedHeaders[] = [...claimedWays, ...claimedIdentities];
