import { Star } from 'lucide-react';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { accessLevelLabel, unlockText } from '../model/access-level.ts';
import type { ApiRow } from '../model/api-list.ts';
import { selectApi, useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { ApiSwitch } from './api-switch.tsx';
import { Badge } from './badge.tsx';
import { ConnectionLine } from './connection-line.tsx';
import { CopyButton } from './copy-button.tsx';
import { Hint } from './hint.tsx';
import { Tile } from './tile.tsx';

/** One API in the list: name, what I may do, address and switch. A click anywhere opens its page. */
export function ApiRowView({ row, profile }: { row: ApiRow; profile: ProfileSnapshot }) {
  const selected = useApp((state) => state.selectedApi === row.api.id);
  const { api, first, last } = row;
  const locked = api.access === 'locked';
  const edges = `${first ? 'rounded-t-xl border-t' : ''} ${last ? 'rounded-b-xl' : ''}`;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- the name inside is the button for the keyboard
    <div
      onClick={() => selectApi(selected ? null : api.id)}
      className={`group flex h-[63px] items-center gap-3 border-x border-b border-line px-3.5 transition-colors ${edges} ${selected ? 'bg-accent-weak' : 'bg-panel hover:bg-ground'}`}
    >
      <Tile id={api.id} name={api.name} locked={locked} />
      <div className="min-w-0 flex-1">
        <div className="flex items-center gap-1.5">
          <button
            type="button"
            id={`api-${api.id}`}
            aria-expanded={selected}
            className={`min-w-0 truncate rounded font-semibold ${locked ? 'text-mute' : 'text-text'}`}
            onClick={(event) => {
              event.stopPropagation();
              selectApi(selected ? null : api.id);
            }}
          >
            {api.name}
          </button>
          {!locked && <Badge tone="ok">{accessLevelLabel(api.level)}</Badge>}
        </div>
        <p className="truncate text-sm text-mute">{locked ? unlockText(api.unlockedBy) : api.description}</p>
      </div>
      {locked ? <WhomToAsk owner={api.owner} name={api.name} /> : <RowControls row={row} profile={profile} />}
    </div>
  );
}

function RowControls({ row, profile }: { row: ApiRow; profile: ProfileSnapshot }) {
  const { api, connection, port, favourite } = row;
  return (
    <>
      <Hint text={favourite ? 'Remove from favourites' : 'Add to favourites'}>
        <button
          type="button"
          aria-pressed={favourite}
          aria-label={`Favourite ${api.name}`}
          onClick={(event) => {
            event.stopPropagation();
            command('api:set-favourite', { profileId: profile.id, api: api.id, favourite: !favourite });
          }}
          className={`grid size-7 shrink-0 place-items-center rounded-md transition-opacity hover:bg-side ${
            favourite ? 'text-star' : 'text-faint opacity-0 group-hover:opacity-100 focus-visible:opacity-100'
          }`}
        >
          <Star aria-hidden className={`size-4 ${favourite ? 'fill-current' : ''}`} />
        </button>
      </Hint>
      <ConnectionLine connection={connection} port={port} profile={profile} name={api.name} />
      <ApiSwitch profileId={profile.id} api={api} connection={connection} />
    </>
  );
}

function WhomToAsk({ owner, name }: { owner: string | undefined; name: string }) {
  if (owner === undefined) return null;
  return (
    <div className="flex max-w-[45%] min-w-0 items-center gap-1 text-sm text-mute">
      <span className="truncate">Ask {owner}</span>
      <CopyButton text={owner} label={`Copy the contact for ${name}`} />
    </div>
  );
}
