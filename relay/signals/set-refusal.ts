/** Why a token isn’t taken, as transmitters are told (RFC 8935 §2.4, IANA “Security Event Token Error Codes”). */
export type SetError =
  | 'invalid_request'
  | 'invalid_key'
  | 'invalid_issuer'
  | 'invalid_audience'
  | 'authentication_failed';

/** A security event token that isn’t taken, however often it is sent. */
export class SetRefusal extends Error {
  override readonly name = 'SetRefusal';
  readonly err: SetError;

  /** @param description one sentence, without any part of the token but what `quoted` lets through */
  constructor(err: SetError, description: string, cause?: unknown) {
    super(description, { cause });
    this.err = err;
  }
}
