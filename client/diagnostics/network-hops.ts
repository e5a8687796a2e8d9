import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AccessError } from '../../shared/errors.ts';
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
  if (isIP(host) !== 0) return `${host} is an address; no name is needed`;
  try {
    const addresses = await lookup(host, { all: true });
    return `${host} is ${addresses.map(({ address }) => address).join(', ')}`;
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
  if (proxy === null) return 'none';
  (await throughProxy(relayUrl, proxy, ca)).destroy();
  return `${proxyName(proxy)} opens connections to the relay`;
}

async function throughProxy(relayUrl: string, proxy: URL, ca: readonly string[] | undefined): Promise<Socket> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await connectThroughProxy(proxy, targetOf(relayUrl), { ca: trustedAuthorities(ca), signal });
  } catch (error) {
    throw relayFailure(relayUrl, error);
  }
}

/**
 * Opens one connection to the relay, through the proxy if there is one, with TLS as the tunnel's where the address says
 * so. @throws AccessError
 */
export async function checkConnection(
  relayUrl: string,
  proxy: URL | null,
  ca: readonly string[] | undefined,
): Promise<string> {
  const { host, port, secure } = targetOf(relayUrl);
  const through = proxy === null ? {} : { socket: await throughProxy(relayUrl, proxy, ca) };
  const name = isIP(host) === 0 ? { servername: host } : {};
  const signal = AbortSignal.timeout(timeoutMs);
  const socket = secure
    ? connectTls({ host, port, ca: trustedAuthorities(ca), minVersion: 'TLSv1.3', ...name, ...through })
    : connectTcp({ host, port });
  try {
    await once(socket, secure ? 'secureConnect' : 'connect', { signal });
    if (!secure) return 'plain HTTP, on this computer only';
    const tls = socket as TLSSocket;
    const { valid_to: end, issuer } = tls.getPeerCertificate();
    const by = [issuer.O ?? issuer.CN].flat().join(', ');
    return `${tls.getProtocol() ?? 'TLS'}, certificate valid until ${end}, issued by ${by}`;
  } catch (error) {
    if (signal.aborted) throw new AccessError('relay-unreachable', `${host} doesn’t answer within 10 seconds.`);
    throw relayFailure(relayUrl, error);
  } finally {
    socket.destroy();
  }
}
