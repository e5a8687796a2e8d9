import { text } from '../../shared/messages/text.ts';
import { problemInWords } from '../../shared/problem-words.ts';
import type { ConnectionState, ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { addressHost } from './relay-address.ts';
import { apiName, catalogOf, connectionOf, currentProfileOf } from './current-profile.ts';

/** From so many on, APIs that change together are counted instead of named. */
const mostNamed = 3;

/** What a screen reader says of a change of the state, in the order in which it matters; nothing when all is as before. */
export function announcementsOf(before: Snapshot, after: Snapshot): readonly string[] {
  const [old, fresh] = [currentProfileOf(before), currentProfileOf(after)];
  if (old === null || fresh === null || old.id !== fresh.id) return [];
  return [...signInChange(old, fresh), ...tunnelChange(old, fresh), ...apiChanges(old, fresh)];
}

function signInChange(old: ProfileSnapshot, fresh: ProfileSnapshot): readonly string[] {
  if (old.signIn.status === fresh.signIn.status) return [];
  if (fresh.signIn.status === 'expired') return [text('announce.sign-in-ended', { relay: fresh.relayName })];
  return fresh.signIn.status === 'signed-in' ? [text('announce.signed-in', { relay: fresh.relayName })] : [];
}

function tunnelChange(old: ProfileSnapshot, fresh: ProfileSnapshot): readonly string[] {
  if (old.tunnel.status === fresh.tunnel.status || fresh.signIn.status !== 'signed-in') return [];
  if (fresh.tunnel.status === 'open') return [text('announce.online', { relay: fresh.relayName })];
  return fresh.tunnel.status === 'reconnecting' ? [text('announce.reconnecting', { relay: fresh.relayName })] : [];
}

type Outcome = 'on' | 'off' | 'failed';

function apiChanges(old: ProfileSnapshot, fresh: ProfileSnapshot): readonly string[] {
  const ids = [...new Set([...Object.keys(old.connections), ...Object.keys(fresh.connections)])];
  const changed = ids.flatMap((id) => {
    const [was, is] = [connectionOf(old, id), connectionOf(fresh, id)];
    const outcome = outcomeOf(was, is);
    return outcome === null ? [] : [{ id, is, outcome }];
  });
  if (changed.length <= mostNamed) return changed.map(({ id, is }) => named(fresh, id, is));
  return (['on', 'off', 'failed'] as const).flatMap((outcome) => {
    const count = changed.filter((each) => each.outcome === outcome).length;
    return count === 0 ? [] : [text(`announce.apis.${outcome}`, { count })];
  });
}

function outcomeOf(was: ConnectionState, is: ConnectionState): Outcome | null {
  return was.status === is.status || is.status === 'opening' ? null : is.status;
}

function named(profile: ProfileSnapshot, id: string, connection: ConnectionState): string {
  const api = apiName(catalogOf(profile), id);
  if (connection.status === 'on') return text('announce.api.on', { api, address: addressHost(connection.address) });
  if (connection.status === 'failed')
    return text('announce.api.failed', { api, problem: problemInWords(connection.problem).title });
  return text('announce.api.off', { api });
}
