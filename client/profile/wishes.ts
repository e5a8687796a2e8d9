import type { ServiceCredentials } from '../services/service-credentials.ts';

/** How the person wants to sign in. */
export interface SignInWishes {
  /** Which account it is for; default the one in front at that relay, else the first there. */
  readonly profileId?: string;
  /** A further account at a relay where somebody is signed in; who turns out to be known signs in where they are. */
  readonly another?: boolean;
  /** What the person is called at the sign-in service, which may fill it in (OpenID Connect Core §3.1.2.1). */
  readonly loginHint?: string;
  /** Name or identifier of the sign-in service, where the relay takes several; default the last one, else it asks. */
  readonly issuer?: string;
  /** `device`: on another device, by a code (RFC 8628), for computers without a browser. Default `browser`. */
  readonly method?: 'browser' | 'device';
  /** By an account of the relay’s own, for when company sign-in is down. */
  readonly breakGlass?: boolean;
  /** A service signs itself in: no person, no browser, no refresh token. */
  readonly service?: ServiceCredentials;
}

/** A role that the person asks for, at one API or, with null, at all. */
export interface AccessWish {
  readonly api: string | null;
  readonly role: string;
  readonly reason: string;
  /** For how long; default what the relay grants at most. */
  readonly hours?: number;
}

/** What an approver says to a request; a grant is ended early by `end`. */
export interface RequestDecision {
  readonly verdict: 'approve' | 'refuse' | 'end';
  readonly note: string;
  /** Approves for less than was asked for. */
  readonly hours?: number;
}
