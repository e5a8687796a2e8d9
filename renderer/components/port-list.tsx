import { useState } from 'react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { portsInUse } from '../model/port-list.ts';
import { PortField } from './port-field.tsx';
import { SearchField } from '../../ui/components/search-field.tsx';
import { Tile } from '../../ui/components/tile.tsx';
import { text } from '../../shared/messages/text.ts';

const shownAtOnce = 50;

/** Ports of the profile's APIs, pinned and connected ones first; each can be changed. */
export function PortList({ profile }: { profile: ProfileSnapshot }) {
  const [search, setSearch] = useState('');
  const all = portsInUse(profile);
  const words = search.toLowerCase();
  const found = all.filter(({ name, id }) =>
    `${name} ${id} ${profile.ports[id]?.port ?? ''}`.toLowerCase().includes(words),
  );
  if (all.length === 0) {
    return <p className="border-t border-line px-4 py-3 text-sm text-mute">{text('settings.port-list.none')}</p>;
  }
  return (
    <div className="border-t border-line px-4 py-3">
      <div className="mb-2 flex flex-wrap items-center gap-x-6 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <h3 className="font-medium">{text('settings.port-list')}</h3>
          <p className="text-sm text-mute">{text('settings.port-list.text')}</p>
        </div>
        {all.length > 8 && (
          <SearchField label={text('settings.port-list.search')} value={search} onChange={setSearch} />
        )}
      </div>
      <ul>
        {found.slice(0, shownAtOnce).map((api) => (
          <PortRow key={api.id} api={api} profile={profile} />
        ))}
      </ul>
      {found.length > shownAtOnce && (
        <p className="pt-2 text-sm text-mute">
          {text('settings.port-list.more', { count: found.length - shownAtOnce })}
        </p>
      )}
      {found.length === 0 && <p className="py-2 text-sm text-mute">{text('app.no-match', { search })}</p>}
    </div>
  );
}

function PortRow({ api, profile }: { api: CatalogEntry; profile: ProfileSnapshot }) {
  const [editing, setEditing] = useState(false);
  return (
    <li className="flex flex-wrap items-center gap-x-3 border-t border-line py-2 first:border-t-0">
      <Tile id={api.id} name={api.name} look={api.look} small />
      <span className="min-w-0 flex-1 basis-44 truncate" title={api.name}>
        {api.name}
      </span>
      <PortField profile={profile} api={api} editing={editing} onEditing={setEditing} inRow />
    </li>
  );
}
