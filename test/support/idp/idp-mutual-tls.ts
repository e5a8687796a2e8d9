import type { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { ClientMetadata, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { Agent, fetch as undiciFetch } from 'undici';

type MutualTls = NonNullable<NonNullable<Configuration['features']>['mTLS']>;

function certificateOf({ req: { socket } }: KoaContextWithOIDC): X509Certificate | undefined {
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
}

/** The provider's side of RFC 8705: the certificate of the connection itself, known by a DNS name that it holds. */
export const mutualTls: MutualTls = {
  enabled: true,
  certificateBoundAccessTokens: true,
  tlsClientAuth: true,
  getCertificate: certificateOf,
  certificateAuthorized: ({ req: { socket } }) => socket instanceof TLSSocket && socket.authorized,
  certificateSubjectMatches: (context, property, expected) =>
    property === 'tls_client_auth_san_dns' && certificateOf(context)?.checkHost(expected) === expected,
};

/** A client's authentication: by its certificate when that has a name, else as given. */
export function certificateAuthOr(
  dnsName: string | undefined,
  otherwise: Partial<ClientMetadata>,
): Partial<ClientMetadata> {
  if (dnsName === undefined) return otherwise;
  return { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: dnsName };
}

const endpointsForClients = [
  'token_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'userinfo_endpoint',
] as const;

/** `mtls_endpoint_aliases` (RFC 8705 §5) for what the metadata publishes; nothing without an origin for them. */
export function endpointsAt(origin: string | null, published: Readonly<Record<string, unknown>>): object {
  if (origin === null) return {};
  const aliases = endpointsForClients.flatMap((name) => {
    const url = published[name];
    return typeof url === 'string' ? [[name, `${origin}${new URL(url).pathname}`]] : [];
  });
  return { mtls_endpoint_aliases: Object.fromEntries(aliases) };
}

/** `fetch` for the provider's own calls, to servers on this machine whose certificates are signed by `ca` (PEM). */
export function fetchTrusting(ca: string): NonNullable<Configuration['fetch']> {
  return async (url, init) => {
    const dispatcher = new Agent({ connect: { ca } });
    try {
      const { method = 'GET', headers, body, signal } = init ?? {};
      const response = await undiciFetch(url instanceof Request ? url.url : url, {
        method,
        headers: Object.fromEntries(new Headers(headers).entries()),
        redirect: 'manual',
        dispatcher,
        ...(typeof body === 'string' || body instanceof URLSearchParams ? { body: body.toString() } : {}),
        ...(signal === undefined ? {} : { signal }),
      } as Parameters<typeof undiciFetch>[1]);
      const text = await response.text();
      return new Response(text === '' ? null : text, { status: response.status });
    } finally {
      await dispatcher.destroy();
    }
  };
}
