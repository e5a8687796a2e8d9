/** Who is asking, from a validated access token. Plain data; nothing in it is secret. */
export interface Identity {
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
  readonly tokenId: string | undefined;
  /** End of the access token (`exp`), milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** When the person last signed in (`auth_time`), milliseconds since the epoch. */
  readonly authTimeMs: number | undefined;
  /** JWK thumbprint that the token is bound to (`cnf.jkt`, RFC 9449 §6). */
  readonly jkt: string | undefined;
}

/** What a caller presented. `method` and `url` are what a DPoP proof must name (`htm`, `htu`). */
export interface Credentials {
  readonly scheme: 'bearer' | 'dpop';
  readonly token: string;
  readonly dpopProof: string | undefined;
  readonly method: string;
  readonly url: string;
}

/** Validates credentials against the configured issuers. */
export interface Authenticator {
  /**
   * @throws AccessError `token-rejected`, `clock-skew` or `sign-in-expired` when the token is refused (401);
   * `idp-unreachable` when no keys are at hand to decide (503). Never fetches anything that a token names.
   */
  authenticate(credentials: Credentials): Promise<Identity>;
  /** Whether metadata and keys of every issuer are at hand; otherwise what is missing, in words. */
  readiness(): { readonly ready: boolean; readonly problems: readonly string[] };
  close(): void;
}
