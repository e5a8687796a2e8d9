import { Lock } from 'lucide-react';
import { tileOf } from '../model/tile.ts';

const colours = [
  'bg-tile-0',
  'bg-tile-1',
  'bg-tile-2',
  'bg-tile-3',
  'bg-tile-4',
  'bg-tile-5',
  'bg-tile-6',
  'bg-tile-7',
] as const;

/** Coloured square with the first letter of an API's or relay's name; a lock when it is locked. Decoration only. */
export function Tile({
  id,
  name,
  locked = false,
  small = false,
}: {
  id: string;
  name: string;
  locked?: boolean;
  small?: boolean;
}) {
  const { letter, colour } = tileOf(id, name);
  const size = small ? 'size-7 rounded-lg text-sm' : 'size-[34px] rounded-[9px] text-base';
  const paint = locked ? 'bg-side text-faint' : `${colours[colour] ?? ''} text-on-fill`;
  return (
    <span aria-hidden className={`grid shrink-0 place-items-center font-semibold ${size} ${paint}`}>
      {locked ? <Lock className="size-4" /> : letter}
    </span>
  );
}
