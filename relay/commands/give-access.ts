import { AccessError } from '../../shared/errors.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { showRequest, tellRefusal } from './access.ts';
import type { AtRelay } from './running-relay.ts';
import { waitsWords } from './waits-words.ts';

export interface GiveAccessOptions extends AtRelay {
  /** Id, user name or subject of who was here; with an issuer the subject of anybody. */
  readonly person: string;
  readonly role: string;
  readonly issuer: string | undefined;
  /** All APIs when undefined. */
  readonly api: string | undefined;
  /** As typed; the most that the config offers when undefined. */
  readonly hours: string | undefined;
  readonly reason: string;
  readonly json: boolean;
  readonly write: (text: string) => void;
  /** For what goes wrong; it stands with the answer when left out. */
  readonly warn?: (text: string) => void;
}

/**
 * Has the relay that runs give somebody a role that its config offers, without a request. Exit code 0, 2 for what is refused, or
 * 1 when Redis or the storage can't be reached.
 */
export async function giveAccess(options: GiveAccessOptions): Promise<number> {
  const { relay, person, role, issuer, api = null, reason, json, write, warn = write } = options;
  try {
    const hours = options.hours === undefined ? undefined : Number(options.hours);
    if (hours !== undefined && !(hours > 0))
      throw new AccessError('bad-input', `“${options.hours}” is no number of hours, like 8 or 0.5.`);
    const answer = await relay.post('/admin/v1/grants', { person, role, issuer, api, hours, reason });
    const { grant, recorded } = answer as { readonly grant: AccessRequest; readonly recorded: boolean };
    write(showRequest(grant, json));
    if (!recorded && !json) write(waitsWords(relay.stateIn === 'storage'));
    return 0;
  } catch (error) {
    return tellRefusal(error, warn);
  }
}
