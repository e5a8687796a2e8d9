import type { ClientCore } from '../client/core/client-core.ts';
import { AccessError } from '../shared/errors.ts';
import type { SessionsToEnd } from '../shared/own-session.ts';

/**
 * Ends sessions of a person one after the other; the ids of those that ended. One that is over already is left out.
 * @throws AccessError with the relay's reason, also when some have ended before; `bad-input` when it knows none of them
 */
export async function endSessions(
  core: Pick<ClientCore, 'endSessions'>,
  profileId: string,
  which: SessionsToEnd,
): Promise<readonly string[]> {
  if (which === 'others' || 'id' in which) return core.endSessions(profileId, which);
  const ended: string[] = [];
  let unknown: AccessError | null = null;
  for (const id of which.ids) {
    try {
      ended.push(...(await core.endSessions(profileId, { id })));
    } catch (error) {
      if (!(error instanceof AccessError) || error.code !== 'bad-input') throw error;
      unknown = error;
    }
  }
  if (ended.length === 0 && unknown !== null) throw unknown;
  return ended;
}
