import { shell } from 'electron';
import { AccessError } from '../../shared/errors.ts';
import { decideExternalLink } from '../external-link.ts';
import { startBrowser } from '../start-browser.ts';

/**
 * The only door to the person's browser, or to the one that IT has set. `allowedOrigins` and `networkHosts` are asked at each opening; an address that the rules refuse
 * throws `bad-input` and opens nothing.
 */
export function createExternalDoor(
  allowedOrigins: () => ReadonlySet<string>,
  networkHosts: () => ReadonlySet<string>,
  browser: () => string | undefined,
): (url: string) => Promise<void> {
  return async (candidate) => {
    const link = decideExternalLink(candidate, allowedOrigins(), networkHosts());
    if (link.status === 'refused') throw new AccessError('bad-input', link.reason);
    const wanted = browser();
    if (wanted === undefined) await shell.openExternal(link.url);
    else await startBrowser(wanted, link.url);
  };
}
