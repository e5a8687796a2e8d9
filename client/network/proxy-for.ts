import ipaddr from 'ipaddr.js';
import { AccessError } from '../../shared/errors.ts';
import { isLoopbackHost } from '../../shared/loopback-host.ts';
import { text } from '../../shared/messages/text.ts';
import { isSocks, socksPort, socksProtocols } from './socks.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** In the order in which curl looks: the lower-case name first, the proxy for everything last. */
const proxyVariables = {
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
  // Upper case is left out, because a web server's CGI programs get it from anybody's header (curl does so, too).
  'http:': ['http_proxy', 'all_proxy', 'ALL_PROXY'],
} as const;

const proxyProtocols = new Set(['http:', 'https:', ...socksProtocols]);

/**
 * The proxy on the way to `url`, as curl reads HTTPS_PROXY, ALL_PROXY and NO_PROXY; null for none, always so for this
 * computer's own addresses. A value without a scheme is an HTTP proxy. Every SOCKS proxy looks names up by itself.
 * @throws AccessError `bad-input`, naming the variable, when its value is no address of a proxy
 */
export function proxyFor(url: string, environment: Environment = process.env): URL | null {
  const target = new URL(url);
  if (isLoopbackHost(target.hostname)) return null;
  const names = target.protocol === 'http:' ? proxyVariables['http:'] : proxyVariables['https:'];
  const name = names.find((candidate) => (environment[candidate] ?? '').trim() !== '');
  if (name === undefined || isExcepted(target, environment)) return null;
  return parseProxy(name, (environment[name] ?? '').trim());
}

/** Whether the environment names a proxy at all; the exceptions of `NO_PROXY` belong to it. */
export function namesProxy(environment: Environment): boolean {
  return [...proxyVariables['https:'], ...proxyVariables['http:']].some(
    (name) => (environment[name] ?? '').trim() !== '',
  );
}

function parseProxy(name: string, value: string): URL {
  const proxy = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (proxy === null || proxy.hostname === '') {
    throw new AccessError('bad-input', text('proxy-failure.no-address', { name }));
  }
  if (!proxyProtocols.has(proxy.protocol)) {
    const kind = proxy.protocol.slice(0, -1);
    throw new AccessError('bad-input', text('proxy-failure.other-kind', { name, kind }));
  }
  proxy.username = decodable(proxy.username);
  proxy.password = decodable(proxy.password);
  return proxy;
}

/** A “%” that begins no escape stands for itself, as curl takes it. */
function decodable(part: string): string {
  const mended = part.replaceAll(/%(?![\da-f]{2})/gi, '%25');
  try {
    decodeURIComponent(mended);
    return mended;
  } catch {
    // Escapes that are no UTF-8.
    return part.replaceAll('%', '%25');
  }
}

/** How a proxy is called in messages: without the user's name and password. */
export function proxyName(proxy: URL): string {
  const usual = isSocks(proxy) ? socksPort : proxy.protocol === 'https:' ? 443 : 80;
  return proxy.port === '' ? `${proxy.hostname}:${usual}` : proxy.host;
}

function isExcepted(target: URL, environment: Environment): boolean {
  // An empty variable is none.
  const entries = (environment['no_proxy'] || environment['NO_PROXY'] || '').split(/[\s,]+/);
  const port = target.port || (target.protocol === 'http:' ? '80' : '443');
  return entries.some((entry) => entry !== '' && matches(entry.toLowerCase(), target.hostname.toLowerCase(), port));
}

/** `*`, a name (and all below it, with or without a dot or `*.` before it), an address, a range; `:port` narrows it. */
function matches(entry: string, hostname: string, port: string): boolean {
  if (entry === '*') return true;
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (ipaddr.isValid(host)) return matchesAddress(entry, host, port);
  const [, name = '', wantedPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const bare = name.replace(/^\*?\./, '').replace(/\.$/, '');
  return bare !== '' && (host === bare || host.endsWith(`.${bare}`));
}

function matchesAddress(entry: string, host: string, port: string): boolean {
  const address = ipaddr.process(host);
  const range = entry.replaceAll(/[[\]]/g, '');
  if (ipaddr.isValidCIDR(range)) {
    const [network, bits] = ipaddr.parseCIDR(range);
    return network.kind() === address.kind() && address.match(network, bits);
  }
  const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry);
  const plain = /^([^:]*):(\d+)$/.exec(entry);
  const [, name = entry, wantedPort] = bracketed ?? plain ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  return ipaddr.isValid(name) && ipaddr.process(name).toString() === address.toString();
}
