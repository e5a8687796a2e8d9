import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Credentials } from '../identity/identity.ts';

/**
 * Credentials of a request's `Authorization` header (RFC 6750 §2.1, RFC 9449 §7.1); null when there are none that can
 * be read. Tokens in a query or a body are never looked at.
 * @param url what a DPoP proof must name as `htu`
 */
export function readCredentials(request: IncomingMessage, url: string): Credentials | null {
  const values = request.headersDistinct['authorization'];
  const proofs = request.headersDistinct['dpop'];
  if (values?.length !== 1 || (proofs !== undefined && proofs.length !== 1)) return null;
  const match = /^(bearer|dpop) +([^\s,]+)$/i.exec(values[0] ?? '');
  const scheme = match?.[1]?.toLowerCase();
  const token = match?.[2];
  if (token === undefined || (scheme !== 'bearer' && scheme !== 'dpop')) return null;
  return {
    scheme,
    token,
    dpopProof: proofs?.[0],
    method: request.method ?? '',
    url,
    clientCertificateSha256: clientCertificate(request.socket),
  };
}

/** Whose certificate it is doesn't matter: the handshake proved its key, and a token can be bound to it (RFC 8705 §3). */
function clientCertificate(socket: Socket): string | undefined {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate === undefined ? undefined : hash('sha256', certificate.raw, 'base64url');
}
