import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { DiagnosticFacts, ShownCertificate } from '../../shared/diagnostics.ts';
import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import { connectThroughProxy } from '../network/connect-through-proxy.ts';
import { proxyName } from '../network/proxy-for.ts';
import { trustedAuthorities } from '../network/trusted-authorities.ts';
import { relayFailure } from '../sign-in/discover-relay.ts';

const timeoutMs = 10_000;

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Looks the relay's name up. @throws AccessError `relay-unreachable` */
export async function checkName(relayUrl: string): Promise<string> {
  const host = bareHost(new URL(relayUrl));
  if (isIP(host) !== 0) return text('hop.dns.address', { host });
  try {
    const addresses = await lookup(host, { all: true });
    return text('hop.dns.found', { host, addresses: addresses.map(({ address }) => address).join(', ') });
  } catch (error) {
    throw relayFailure(relayUrl, error);
  }
}

/** Where the relay is, as a socket wants it. */
function targetOf(relayUrl: string): { readonly host: string; readonly port: number; readonly secure: boolean } {
  const url = new URL(relayUrl);
  const secure = url.protocol === 'https:';
  return { host: bareHost(url), port: url.port === '' ? (secure ? 443 : 80) : Number(url.port), secure };
}

/** Asks the proxy for a connection to the relay. @throws AccessError with what the proxy says */
export async function checkProxy(
  relayUrl: string,
  proxy: URL | null,
  ca: readonly string[] | undefined,
): Promise<string> {
  if (proxy === null) return text('hop.proxy.none');
  (await throughProxy(relayUrl, proxy, ca)).destroy();
  return text('hop.proxy.opens', { proxy: proxyName(proxy) });
}

async function throughProxy(relayUrl: string, proxy: URL, ca: readonly string[] | undefined): Promise<Socket> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await connectThroughProxy(proxy, targetOf(relayUrl), { ca: trustedAuthorities(ca), signal });
  } catch (error) {
    throw relayFailure(relayUrl, error);
  }
}

/** What a connection to the relay showed: words, and with TLS its version and the chain of certificates. */
export interface SeenConnection {
  readonly detail: string;
  readonly tls: DiagnosticFacts['tls'];
}

/**
 * Opens one connection to the relay, through the proxy if there is one, with TLS as the tunnel's where the address says
 * so. @throws AccessError
 */
export async function checkConnection(
  relayUrl: string,
  proxy: URL | null,
  ca: readonly string[] | undefined,
): Promise<SeenConnection> {
  const { host, port, secure } = targetOf(relayUrl);
  const through = proxy === null ? {} : { socket: await throughProxy(relayUrl, proxy, ca) };
  const name = isIP(host) === 0 ? { servername: host } : {};
  const signal = AbortSignal.timeout(timeoutMs);
  const socket = secure
    ? connectTls({ host, port, ca: trustedAuthorities(ca), minVersion: 'TLSv1.3', ...name, ...through })
    : connectTcp({ host, port });
  try {
    await once(socket, secure ? 'secureConnect' : 'connect', { signal });
    if (!secure) return { detail: text('hop.tls.plain'), tls: null };
    const tls = socket as TLSSocket;
    const certificates = chainOf(tls.getPeerCertificate(true));
    const { valid_to, issuer } = tls.getPeerCertificate();
    const end = new Date(valid_to).toISOString().slice(0, 10);
    const by = [issuer.O ?? issuer.CN].flat().join(', ');
    const protocol = tls.getProtocol() ?? 'TLS';
    return {
      detail: text('hop.tls.found', { protocol, end, issuer: by }),
      tls: { protocol, certificates },
    };
  } catch (error) {
    if (signal.aborted)
      throw new AccessError('relay-unreachable', text('hop.tls.late', { host, seconds: timeoutMs / 1000 }));
    throw relayFailure(relayUrl, error);
  } finally {
    socket.destroy();
  }
}

const maxChain = 10;

function chainOf(leaf: DetailedPeerCertificate): readonly ShownCertificate[] {
  const chain: ShownCertificate[] = [];
  const seen = new Set<string>();
  let current: DetailedPeerCertificate | undefined = leaf;
  // An authority is its own issuer.
  while (current?.fingerprint256 !== undefined && !seen.has(current.fingerprint256) && chain.length < maxChain) {
    seen.add(current.fingerprint256);
    chain.push({
      subject: nameOf(current.subject),
      issuer: nameOf(current.issuer),
      validFromMs: Date.parse(current.valid_from),
      validToMs: Date.parse(current.valid_to),
      fingerprint256: current.fingerprint256,
    });
    current = current.issuerCertificate;
  }
  return chain;
}

function nameOf(parts: DetailedPeerCertificate['subject']): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name}=${[value].flat().join('+')}`)
    .join(', ');
}
