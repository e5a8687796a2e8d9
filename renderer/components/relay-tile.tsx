import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Tile } from '../../ui/components/tile.tsx';
import { profileColor } from '../../shared/profile-color.ts';
import { catalogOf } from '../model/current-profile.ts';

/** A relay's picture, as its config names it, in the colour that the person has chosen. */
export function RelayTile({ profile }: { profile: ProfileSnapshot }) {
  const look = { ...catalogOf(profile)?.look, color: profileColor(profile) ?? undefined };
  return <Tile id={profile.relayUrl} name={profile.relayName} look={look} small />;
}
