import { session } from 'electron';

/** What the system's settings, with their PAC file and exceptions, say of an address: `PROXY host:port; DIRECT`. */
export function systemProxyFor(url: string): Promise<string> {
  return session.defaultSession.resolveProxy(url);
}

/** Reads the settings and the PAC file anew; after a sleep the computer may be in another network. */
export function reloadSystemProxy(): Promise<void> {
  return session.defaultSession.forceReloadProxyConfig();
}
