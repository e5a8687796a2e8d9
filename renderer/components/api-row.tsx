import { KeyRound, ShieldCheck } from 'lucide-react';
import { memo } from 'react';
import type { CauseFacts } from '../../shared/cause.ts';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { rolesToAskFor } from '../model/access-request.ts';
import { ownRequestsAt } from '../model/request-list.ts';
import { accessLevelLabel, unlockText } from '../model/access-level.ts';
import type { ApiRow } from '../model/api-list.ts';
import { connectionText } from '../model/connection-text.ts';
import { lockLine } from '../model/lock-text.ts';
import { catalogOf } from '../model/current-profile.ts';
import { addressHost } from '../model/relay-address.ts';
import { askForAccess, selectApi, useApp } from '../store/app-store.ts';
import { ApiSwitch } from './api-switch.tsx';
import { stepUpNeedOf } from '../model/step-up-text.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { Button } from '../../ui/components/button.tsx';
import { ConnectionLine } from './connection-line.tsx';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { FavouriteStar } from './favourite-star.tsx';
import { EnvironmentBadge } from '../../ui/components/environment-badge.tsx';
import { Tile } from '../../ui/components/tile.tsx';
import { text } from '../../shared/messages/text.ts';

/** What a row shows of its profile. */
export type RowProfile = CauseFacts & Pick<ProfileSnapshot, 'id' | 'catalog' | 'requests'>;

export interface ApiRowProps {
  readonly row: ApiRow;
  /** Place in the list, from 0. */
  readonly index: number;
  readonly profile: RowProfile;
  /** Takes a key that moves between rows; returns whether it was one. */
  readonly onMove: (index: number, key: string) => boolean;
}

/** One API in the list: name, what I may do, address and switch. A click anywhere opens its page. */
export const ApiRowView = memo(function ApiRowView({ row, index, profile, onMove }: ApiRowProps) {
  const selected = useApp((state) => state.selectedApi === row.api.id);
  const { api, first, last } = row;
  const locked = api.access === 'locked';
  const edges = `${first ? 'rounded-t-xl border-t' : ''} ${last ? 'rounded-b-xl' : ''}`;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- the name inside is the button for the keyboard
    <div
      data-chosen={selected}
      onClick={() => selectApi(selected ? null : api.id)}
      className={`group @container flex h-[63px] items-center gap-3 border-x border-b border-line px-3.5 transition-colors ${edges} ${selected ? 'bg-accent-weak' : 'bg-panel hover:bg-ground'}`}
    >
      <Tile id={api.id} name={api.name} look={api.look} locked={locked || api.lock !== undefined} />
      <div className="min-w-0 flex-1">
        {/* In the order of reading; a favourite's star stands at the name, however little room there is. */}
        <div className="flex items-center gap-1.5">
          <button
            type="button"
            id={`api-${api.id}`}
            data-name
            title={api.name}
            aria-expanded={selected}
            onKeyDown={(event) => {
              if (onMove(index, event.key)) event.preventDefault();
            }}
            className={`h-[22px] min-w-0 truncate rounded text-start font-semibold ${locked ? 'text-mute' : 'text-text'}`}
            onClick={(event) => {
              event.stopPropagation();
              selectApi(selected ? null : api.id);
            }}
          >
            {api.name}
          </button>
          {/* What the name leaves, one line high: a badge without room wraps out of sight. */}
          <span className="order-2 -ms-1.5 flex h-[22px] max-w-max min-w-0 flex-1 flex-wrap items-center gap-x-1.5 gap-y-3 overflow-hidden before:h-[22px]">
            <EnvironmentBadge environment={api.look?.environment} />
            {!locked && api.lock === undefined && <Badge tone="ok">{accessLevelLabel(api.level)}</Badge>}
          </span>
          {!locked && (
            <>
              <FavouriteStar profileId={profile.id} api={api.id} name={api.name} favourite={row.favourite} />
              <StepUpMark api={api} />
            </>
          )}
        </div>
        <RowText row={row} profile={profile} />
      </div>
      {locked ? (
        <WayIn profile={profile} api={api} />
      ) : (
        <>
          <ConnectionLine connection={row.connection} port={row.port} profile={profile} api={api} />
          <ApiSwitch profileId={profile.id} api={api} connection={row.connection} />
        </>
      )}
    </div>
  );
});

/** What stands below the name: why it is shut, or else what it is; where there is no column for them, address and state. */
function RowText({ row, profile }: { row: ApiRow; profile: RowProfile }) {
  const { api } = row;
  if (api.lock !== undefined)
    return (
      <p className={`text-bad ${twoLines}`} title={lockLine(api.lock)}>
        {lockLine(api.lock)}
      </p>
    );
  if (api.access === 'locked') {
    const said = unlockText(api.unlockedBy);
    return (
      <p className={`text-mute ${twoLines}`} title={said}>
        {said}
      </p>
    );
  }
  return (
    <>
      <p className="truncate text-sm text-mute @max-[430px]:hidden" title={api.description}>
        {api.description}
      </p>
      <p className={`text-mute @min-[430px]:hidden ${twoLines}`}>{narrowText(row, profile)}</p>
    </>
  );
}

/** As much as a row has room for; what is longer says so, and is whole on the API's page. */
const twoLines = 'line-clamp-2 text-sm leading-[17px] text-balance break-words';

/** Address and state where there is no room for a column of them. */
function narrowText({ connection, port, api }: ApiRow, profile: CauseFacts): string {
  const state = connectionText(connection, profile, port, api).text;
  return connection.status === 'on' ? `${addressHost(connection.address)}, ${state}` : state || api.description;
}

/** Says that a rule asks for a fresh or stronger sign-in; the page explains. */
function StepUpMark({ api }: { api: CatalogEntry }) {
  const need = stepUpNeedOf(api);
  if (need === null) return null;
  return (
    <span
      title={need.badge}
      className="order-1 grid size-5 shrink-0 place-items-center rounded-md bg-warning-weak text-warning"
    >
      <ShieldCheck aria-hidden className="size-3.5" />
      <span className="sr-only">{need.badge}</span>
    </span>
  );
}

/** The way to a locked API: a request where it takes them, else whom to ask. */
function WayIn({ profile, api }: { profile: RowProfile; api: CatalogEntry }) {
  const catalog = catalogOf(profile);
  if (rolesToAskFor(api, catalog).length === 0) return <WhomToAsk owner={api.owner} name={api.name} />;
  if (ownRequestsAt(profile.requests, api.id, 0).some(({ status }) => status === 'pending')) {
    return <span className="flex shrink-0 items-center gap-1.5 text-sm text-mute">{text('requests.row.pending')}</span>;
  }
  return (
    <Button
      aria-label={text('access.ask-for', { api: api.name })}
      title={text('access.ask-for', { api: api.name })}
      onClick={(event) => {
        event.stopPropagation();
        askForAccess(api.id);
      }}
    >
      <KeyRound aria-hidden className="size-4 @min-[430px]:hidden" />
      <span className="@max-[430px]:hidden">{text('access.ask')}</span>
    </Button>
  );
}

function WhomToAsk({ owner, name }: { owner: string | undefined; name: string }) {
  if (owner === undefined) return null;
  return (
    <div className="flex max-w-[45%] min-w-0 items-center gap-1 text-sm text-mute">
      <span className="truncate @max-[430px]:hidden" title={owner}>
        {text('access.ask-owner', { owner })}
      </span>
      <CopyButton text={owner} label={text('access.copy-owner', { api: name })} />
    </div>
  );
}
