import { Check, Palette } from 'lucide-react';
import { type LookColor, lookColors } from '../../shared/look.ts';
import { text } from '../../shared/messages/text.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Menu, MenuChoice, MenuChoices } from '../../ui/components/menu.tsx';
import { Tile } from '../../ui/components/tile.tsx';
import { command } from '../store/commands.ts';

const asRelaySays = 'relay';

/** Chooses a relay's or account's colour, or leaves it to the relay's config. */
export function ColourMenu({ profile, label }: { profile: ProfileSnapshot; label: string }) {
  const chosen: LookColor | typeof asRelaySays = profile.color ?? asRelaySays;
  const choose = (value: string): void => {
    const color = lookColors.find((each) => each === value) ?? null;
    command('profile:set-color', { profileId: profile.id, color });
  };
  const trigger = (
    <button
      type="button"
      aria-label={text('colours.of', { relay: label })}
      className="grid size-8 shrink-0 place-items-center rounded-lg border border-line bg-panel text-mute transition-colors hover:bg-side"
    >
      <Palette aria-hidden className="size-4" />
    </button>
  );
  return (
    <Menu trigger={trigger} label={text('colours.of', { relay: label })} align="end">
      <MenuChoices value={chosen} onValueChange={choose}>
        <MenuChoice value={asRelaySays}>
          <span className="min-w-0 flex-1">{text('colours.own')}</span>
          {chosen === asRelaySays && <Check aria-hidden className="size-4 text-accent" />}
        </MenuChoice>
        {lookColors.map((color) => (
          <MenuChoice key={color} value={color}>
            <Tile id={profile.relayUrl} name={profile.relayName} look={{ color }} small />
            <span className="min-w-0 flex-1">{text(`colours.${color}`)}</span>
            {chosen === color && <Check aria-hidden className="size-4 text-accent" />}
          </MenuChoice>
        ))}
      </MenuChoices>
    </Menu>
  );
}
