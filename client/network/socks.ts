/** Whether a proxy speaks SOCKS. The proxy looks names up, whichever of the words for it stands in its address. */
export function isSocks({ protocol }: URL): boolean {
  return versions.has(protocol);
}

/** The version that an address asks for; `socks` alone is version 4, as curl and PAC files read it. */
export function socksVersion({ protocol }: URL): 4 | 5 {
  return versions.get(protocol) ?? 5;
}

/** Where SOCKS proxies listen when nothing else is said (RFC 1928 §3). */
export const socksPort = 1080;

const versions: ReadonlyMap<string, 4 | 5> = new Map([
  ['socks:', 4],
  ['socks4:', 4],
  ['socks4a:', 4],
  ['socks5:', 5],
  ['socks5h:', 5],
]);

/** The schemes of such addresses, as `URL` writes them. */
export const socksProtocols: readonly string[] = [...versions.keys()];
