import { useEffect } from 'react';
import { lookColors } from '../../shared/look.ts';
import { text } from '../../shared/messages/text.ts';
import { profileColor } from '../../shared/profile-color.ts';
import { accountLabel } from '../../shared/profile-labels.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { tileColours } from '../../ui/components/tile.tsx';

/** Where there are several relays or accounts, the window's title names the one in front, and a line over it has its colour. */
export function ColourLine({ snapshot, profile }: { snapshot: Snapshot; profile: ProfileSnapshot }) {
  const isOneOfSeveral = snapshot.profiles.length > 1;
  const label = accountLabel(snapshot, profile);
  useEffect(() => {
    document.title = isOneOfSeveral ? text('colours.window', { relay: label }) : 'Causeway';
    return () => {
      document.title = 'Causeway';
    };
  }, [isOneOfSeveral, label]);
  const color = profileColor(profile);
  if (!isOneOfSeveral || color === null) return null;
  // Decoration: the name beside it says the same, also where the system's own colours are used.
  return (
    <div
      aria-hidden
      data-color={color}
      className={`h-[3px] shrink-0 ${tileColours[lookColors.indexOf(color)] ?? ''}`}
    />
  );
}
