import { Lock } from 'lucide-react';
import { type Look, lookColors } from '../../shared/look.ts';
import { tileOf } from '../model/tile.ts';
import { lookPictures } from './look-icons.ts';

/** Backgrounds in the order of `lookColors`. */
export const tileColours = [
  'bg-tile-0',
  'bg-tile-1',
  'bg-tile-2',
  'bg-tile-3',
  'bg-tile-4',
  'bg-tile-5',
  'bg-tile-6',
  'bg-tile-7',
] as const;

/**
 * Coloured square with the picture that the relay's config names, else the first letter of an API's or relay's name; a
 * lock when it is locked. Decoration only.
 */
export function Tile({
  id,
  name,
  look,
  locked = false,
  small = false,
}: {
  id: string;
  name: string;
  look?: Look | undefined;
  locked?: boolean;
  small?: boolean;
}) {
  const { letter, colour } = tileOf(id, name);
  const size = small ? 'size-7 rounded-lg text-sm' : 'size-[34px] rounded-[9px] text-base';
  const chosen = look?.color === undefined ? colour : lookColors.indexOf(look.color);
  const paint = locked ? 'bg-side text-faint' : `${tileColours[chosen] ?? ''} text-on-tile`;
  const Picture = locked ? Lock : look?.icon === undefined ? null : lookPictures[look.icon];
  return (
    <span
      aria-hidden
      className={`grid shrink-0 place-items-center border border-transparent font-semibold ${size} ${paint}`}
    >
      {Picture === null ? letter : <Picture className={small ? 'size-3.5' : 'size-[18px]'} />}
    </span>
  );
}
