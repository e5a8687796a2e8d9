import { Star } from 'lucide-react';
import { command } from '../store/commands.ts';
import { text } from '../../shared/messages/text.ts';

export interface FavouriteStarProps {
  readonly profileId: string;
  readonly api: string;
  readonly name: string;
  readonly favourite: boolean;
}

/** Makes an API a favourite or not: a full star beside the name, an empty one at the end, only where the pointer or the focus is. */
export function FavouriteStar({ profileId, api, name, favourite }: FavouriteStarProps) {
  const look = favourite
    ? 'order-1 text-star'
    : 'order-2 text-faint opacity-0 group-hover:opacity-100 focus-visible:opacity-100';
  return (
    <button
      type="button"
      aria-pressed={favourite}
      aria-label={text('apis.favourite', { api: name })}
      title={favourite ? text('apis.favourite.remove') : text('apis.favourite.add')}
      onClick={(event) => {
        event.stopPropagation();
        command('api:set-favourite', { profileId, api, favourite: !favourite });
      }}
      className={`-my-1 grid size-6 shrink-0 place-items-center rounded-md transition-opacity hover:bg-side ${look}`}
    >
      <Star aria-hidden className={`size-3.5 ${favourite ? 'fill-current' : ''}`} />
    </button>
  );
}
