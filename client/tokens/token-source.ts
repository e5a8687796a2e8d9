/** What the tunnel needs from sign-in: a token that is valid now, with a fresh proof for the named request. */
export interface TokenSource {
  /**
   * @param target what a DPoP proof must name (RFC 9449 §4.2)
   * @throws AccessError `sign-in-expired` when the person is needed
   */
  present(target: { method: string; url: string; nonce?: string }): Promise<{
    scheme: 'bearer' | 'dpop';
    token: string;
    dpopProof: string | undefined;
    expiresAtMs: number;
  }>;
}
