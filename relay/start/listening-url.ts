import type { AddressInfo } from 'node:net';
import type { LoadedConfig } from '../config/load-config.ts';

/** Where a relay with this config listens, for example `https://127.0.0.1:8443`. */
export function listeningUrl({ tls }: LoadedConfig, { address, family, port }: AddressInfo): string {
  return `${tls === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
