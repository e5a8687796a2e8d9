import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Tile } from '../../ui/components/tile.tsx';
import { catalogOf } from '../model/current-profile.ts';

/** A relay's picture, as its config names it. */
export function RelayTile({ profile }: { profile: ProfileSnapshot }) {
  return <Tile id={profile.relayUrl} name={profile.relayName} look={catalogOf(profile)?.look} small />;
}
