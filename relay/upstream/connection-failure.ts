/** Why a connection can't be trusted or opened, by Node's and OpenSSL's codes: what is wrong, and which key helps. */
const words: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate isn’t valid yet',
  CERT_REVOKED: 'its certificate is revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name (server_name)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed and not among the known authorities (ca)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that isn’t known (ca)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that isn’t known (ca)',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that isn’t known (ca)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that isn’t known (ca)',
  EPROTO: 'it doesn’t speak TLS as the relay does',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it doesn’t speak TLS on this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it doesn’t speak TLS on this port',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a certificate of the relay (client_certificate)',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it doesn’t trust the relay’s certificate (client_certificate)',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks only older TLS than the relay takes',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks only older TLS than the relay takes',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'it doesn’t know the name that it is asked for (server_name)',
  ECONNREFUSED: 'nothing listens there',
  ENOENT: 'there is no such socket',
  EACCES: 'the relay may not open that socket',
  ENOTFOUND: 'its name has no address',
  EAI_AGAIN: 'the name server doesn’t answer',
  UND_ERR_CONNECT_TIMEOUT: 'it doesn’t take the connection in time',
};

/** A failure of a connection in words, with its code for those who look it up. */
export function connectionFailure(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const known = words[code];
  if (known !== undefined) return `${known}, ${code}`;
  // What OpenSSL has against a certificate beyond those codes, such as a key that is too short.
  return code === '' || code === 'UNSPECIFIED' ? error.message : code;
}
