import type { AdminConfig } from './admin-schema.ts';

/** Where providers send the browser back to, below the console’s address: what is registered at them. */
export const consoleCallbackPath = '/console/auth/callback';
/** Root of the console’s pages. */
export const consolePath = '/console/';

/** The console’s address as browsers see it, as far as the config alone says it; null without a console, or on a port that is picked. */
export function consoleOriginOf(admin: AdminConfig | undefined): string | null {
  if (admin?.console === undefined) return null;
  if (admin.url !== undefined) return new URL(admin.url).origin;
  const { host, port } = admin.listen;
  if (port === 0) return null;
  return new URL(`${admin.tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`)
    .origin;
}
