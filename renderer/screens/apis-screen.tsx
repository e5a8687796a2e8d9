import { Plug, SearchX, ServerOff } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { ApiList, type ApiListHandle } from '../components/api-list.tsx';
import { FirstHint } from '../components/first-hint.tsx';
import { ApiToolbar } from '../components/api-toolbar.tsx';
import { Button } from '../../ui/components/button.tsx';
import { EmptyState } from '../../ui/components/empty-state.tsx';
import { ProblemCard } from '../components/problem-card.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import { useWide } from '../../ui/components/use-media.ts';
import { type ApiFilter, apiListOf, createRowKeeper, favouritesToConnect } from '../model/api-list.ts';
import { catalogOf, summaryOf } from '../model/current-profile.ts';
import { useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { ApiPage } from './api-page.tsx';
import { text } from '../../shared/messages/text.ts';

/** All APIs with their switches, and the selected one's page beside or instead of the list. */
export function ApisScreen({ profile }: { profile: ProfileSnapshot }) {
  const selected = useApp((state) => state.selectedApi);
  const wide = useWide();
  const api = catalogOf(profile)?.apis.find((entry) => entry.id === selected) ?? null;
  return (
    <>
      {(api === null || wide) && (
        <div className="flex min-w-0 flex-1 flex-col px-[22px] pt-5">
          <ApisHeader profile={profile} />
          <FirstHint profile={profile} />
          <ApisContent profile={profile} />
        </div>
      )}
      {api !== null && <ApiPage key={api.id} profile={profile} api={api} wide={wide} />}
    </>
  );
}

function ApisHeader({ profile }: { profile: ProfileSnapshot }) {
  const apis = catalogOf(profile)?.apis;
  const toConnect = favouritesToConnect(profile);
  const connectAll = (
    <Button
      onClick={() => {
        for (const api of toConnect) command('api:connect', { profileId: profile.id, api });
      }}
    >
      <Plug aria-hidden className="size-4" /> {text('apis.connect-favourites')}
    </Button>
  );
  return (
    <ScreenHeader title={text('apis.title')} actions={toConnect.length > 0 ? connectAll : undefined}>
      {apis === undefined ? text('apis.intro') : summaryOf(profile, apis)}
    </ScreenHeader>
  );
}

function ApisContent({ profile }: { profile: ProfileSnapshot }) {
  const { catalog } = profile;
  const filter = useApp((state) => state.apiFilter);
  const search = useApp((state) => state.apiSearch);
  const list = useRef<ApiListHandle>(null);
  const [keepRows] = useState(createRowKeeper);
  const { connections, ports, favourites } = profile;
  const items = useMemo(
    () => keepRows(apiListOf({ catalog, connections, ports, favourites }, filter, search)),
    [keepRows, catalog, connections, ports, favourites, filter, search],
  );
  if (catalog.status === 'failed') {
    return (
      <ProblemCard problem={catalog.problem}>
        <Button onClick={() => command('catalog:refresh', { profileId: profile.id })}>{text('app.try-again')}</Button>
      </ProblemCard>
    );
  }
  if (catalog.status !== 'ready') {
    return profile.signIn.status === 'expired' ? (
      <EmptyState icon={ServerOff} title={text('apis.signed-out')} text={text('apis.signed-out.text')} />
    ) : (
      <SkeletonList label={text('apis.loading')} />
    );
  }
  const { groups } = catalog.catalog.person;
  if (catalog.catalog.apis.length === 0) {
    return (
      <EmptyState
        icon={ServerOff}
        title={groups.length === 0 ? text('problem.no-groups.title') : text('problem.no-access.title')}
        text={
          groups.length === 0
            ? text('problem.no-groups.hint')
            : text('apis.no-access.text', { groups: groups.join(', ') })
        }
      >
        <Button onClick={() => command('catalog:refresh', { profileId: profile.id })}>{text('app.look-again')}</Button>
      </EmptyState>
    );
  }
  return (
    <>
      <ApiToolbar onArrowDown={() => list.current?.focusFirst()} />
      {items.length > 0 ? (
        <ApiList ref={list} items={items} profile={profile} />
      ) : (
        <NothingFound filtered={filter !== 'all' && search === ''} filter={filter} search={search} />
      )}
    </>
  );
}

function NothingFound({ filtered, filter, search }: { filtered: boolean; filter: ApiFilter; search: string }) {
  const said = filtered ? text(`apis.none.${filter}`) : text('app.no-match', { search });
  return (
    <EmptyState icon={SearchX} title={filtered ? text('apis.none') : text('app.no-match.title')} text={said}>
      <Button onClick={() => useApp.setState({ apiFilter: 'all', apiSearch: '' })}>{text('app.show-all')}</Button>
    </EmptyState>
  );
}
