import { isLoopbackHost } from '../../shared/loopback-host.ts';
import type { Report } from './yaml-source.ts';

/** Hosts that stand for all addresses of a machine where one listens, and for none where one connects. */
export const everyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::', '[::]']);

/** Where keys come from decides whose tokens count: nobody on the way may change them. */
export function checkProviderAddress(address: string, place: readonly PropertyKey[], report: Report): void {
  const url = new URL(address);
  if (url.username + url.password + url.hash !== '') report(place, 'must hold no user name, password or “#”.');
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    report(
      place,
      'must begin with https://, because keys come from there. http:// works only for 127.0.0.1, [::1] and localhost.',
    );
}

/** Addresses that read well and lead nowhere, or to another place than they say. */
export function checkPlainAddress(address: string, place: readonly PropertyKey[], report: Report): void {
  const { protocol, hostname, pathname, port, origin, username, password, search, hash } = new URL(address);
  if (username + password + search + hash !== '') report(place, 'must hold no user name, password, “?” or “#”.');
  else if (!/^https?:\/\/[^/\\]/i.test(address))
    report(place, `is written otherwise than it is read. Write “${origin}${pathname === '/' ? '' : pathname}”.`);
  if (port === '0') report(place, 'has port 0, to which nobody can connect. Write the one that people reach it by.');
  if (everyAddress.has(hostname))
    report(
      place,
      `names ${hostname}, which stands for all addresses of a machine. Write the name that people reach it by.`,
    );
  else if (hostname.includes('*'))
    report(place, `names ${hostname}, which is no host name. Write one that people reach it by.`);
  else if (hostname.endsWith('.')) {
    const host = `${hostname.replace(/\.+$/, '')}${port === '' ? '' : `:${port}`}`;
    report(place, `ends its host name with a dot, with which no certificate names it. Write “${protocol}//${host}”.`);
  }
}

/** The relay’s endpoints are at the root; a path would be left out by clients. */
export function checkOrigin(address: string, report: Report): void {
  const { origin, pathname } = new URL(address);
  if (pathname !== '/') report(['relay', 'url'], `must have no path, which clients leave out. Write “${origin}”.`);
}

/** An address that tokens travel to. */
export function checkPublicAddress(address: string, place: readonly PropertyKey[], report: Report): void {
  const url = new URL(address);
  checkPlainAddress(address, place, report);
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname) && !everyAddress.has(url.hostname)) {
    report(
      place,
      'must begin with https://, because tokens travel there. http:// works only for 127.0.0.1, [::1] and localhost.',
    );
  }
}
