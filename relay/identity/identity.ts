/** Who is asking, from a validated access token. Plain data; nothing in it is secret. */
export interface Identity {
  /** A person who signed in, or a service with a token of its own (client credentials, a workload's JWT). */
  readonly kind: 'person' | 'service';
  /** Issuer identifier, exactly as in the token and in the config. */
  readonly issuer: string;
  readonly issuerName: string;
  readonly subject: string;
  /** What people recognise: user name or mail address, else the subject. */
  readonly username: string;
  readonly name: string;
  readonly email: string | undefined;
  readonly groups: readonly string[];
  readonly clientId: string | undefined;
  /** `jti`, or the token's hash where it has none. */
  readonly tokenId: string | undefined;
  /** End of the access token (`exp`), milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** When the token was made (`iat`), milliseconds since the epoch. */
  readonly issuedAtMs?: number | undefined;
  /** When the person last signed in (`auth_time`), milliseconds since the epoch. */
  readonly authTimeMs: number | undefined;
  /** How the person signed in (`acr`, OpenID Connect Core §2), as the provider names it. */
  readonly acr: string | undefined;
  /** What the token may be used for (`scope`, or `scp`), in its order. */
  readonly scopes: readonly string[];
  /** The provider's session (`sid`), which a back-channel logout can name. */
  readonly providerSessionId: string | undefined;
  /**
   * The other claims of the token, for rules, by their names; without those of the protocol, the groups, and values that
   * are large. Every value is a string, number, boolean, or a list or object of these.
   */
  readonly claims: Readonly<Record<string, unknown>>;
  /** JWK thumbprint that the token is bound to (`cnf.jkt`, RFC 9449 §6). */
  readonly jkt: string | undefined;
  /** SHA-256 of the TLS client certificate that the token is bound to (`cnf.x5t#S256`, RFC 8705 §3.1), base64url. */
  readonly certificateSha256: string | undefined;
}

/** What a caller presented. `method` and `url` are what a DPoP proof must name (`htm`, `htu`). */
export interface Credentials {
  readonly scheme: 'bearer' | 'dpop';
  readonly token: string;
  readonly dpopProof: string | undefined;
  readonly method: string;
  readonly url: string;
  /** SHA-256 of the client certificate of the connection, base64url; left out when it has none. */
  readonly clientCertificateSha256?: string | undefined;
  /** Where the caller is; says nothing about who it is. */
  readonly remoteAddress?: string | undefined;
}

/** Validates credentials against the configured issuers. */
export interface Authenticator {
  /**
   * @throws AccessError `token-rejected`, `clock-skew` or `sign-in-expired` when the token is refused (401);
   * `idp-unreachable` when no keys are at hand to decide (503). Never fetches anything that a token names.
   */
  authenticate(credentials: Credentials): Promise<Identity>;
  /** Whether metadata and keys of every issuer are at hand; otherwise what is missing, in words. */
  readiness(): {
    readonly ready: boolean;
    /** Whether they were at some time since the start, a token was accepted, or an issuer needs nothing but this relay. */
    readonly wasReady: boolean;
    readonly problems: readonly string[];
  };
  /**
   * Asks the provider whether the token of an open session still counts: `ended` only when it says so, `unknown` when
   * it doesn't answer or can't be asked. Fetches nothing for an issuer without `recheck_seconds`.
   */
  recheck(identity: Identity): Promise<'active' | 'ended' | 'unknown'>;
  /** How often {@link recheck} is due, in milliseconds; undefined for never. */
  recheckAfterMs(identity: Identity): number | undefined;
  /** Takes a provider's logout token (OpenID Connect Back-Channel Logout 1.0) and says whom it signs out. @throws AccessError */
  acceptLogoutToken(token: string): Promise<ProviderLogout>;
  /**
   * The person signs out: ends the sign-in that the token is of, or that token alone where it doesn't say which that is.
   * @throws AccessError `shared-state-unavailable` when other relays learn of it only later; `overloaded` when the person
   * has signed out too often, and nothing has ended
   */
  signOut(identity: Identity): Promise<void>;
  close(): void;
}

/** Whom a provider has signed out: one of its sessions, or all of a person's. */
export interface ProviderLogout {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly sid: string | undefined;
}
