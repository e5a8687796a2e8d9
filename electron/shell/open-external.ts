import { shell } from 'electron';
import { AccessError } from '../../shared/errors.ts';
import { decideExternalLink } from '../external-link.ts';

/**
 * The only door to the person's browser. `allowedOrigins` and `networkHosts` are asked at each opening; an address that the rules refuse
 * throws `bad-input` and opens nothing.
 */
export function createExternalDoor(
  allowedOrigins: () => ReadonlySet<string>,
  networkHosts: () => ReadonlySet<string>,
): (url: string) => Promise<void> {
  return async (candidate) => {
    const link = decideExternalLink(candidate, allowedOrigins(), networkHosts());
    if (link.status === 'refused') throw new AccessError('bad-input', link.reason);
    await shell.openExternal(link.url);
  };
}
