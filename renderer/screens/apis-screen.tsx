import { Plug, SearchX, ServerOff } from 'lucide-react';
import { useRef } from 'react';
import { problemTexts } from '../../shared/errors.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { ApiList, type ApiListHandle } from '../components/api-list.tsx';
import { ApiToolbar } from '../components/api-toolbar.tsx';
import { Button } from '../../ui/components/button.tsx';
import { EmptyState } from '../../ui/components/empty-state.tsx';
import { ProblemCard } from '../../ui/components/problem-card.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import { useWide } from '../../ui/components/use-media.ts';
import { apiListOf, favouritesToConnect } from '../model/api-list.ts';
import { catalogOf, summaryOf } from '../model/current-profile.ts';
import { useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { ApiPage } from './api-page.tsx';

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
      <Plug aria-hidden className="size-4" /> Connect all favourites
    </Button>
  );
  return (
    <ScreenHeader title="APIs" actions={toConnect.length > 0 ? connectAll : undefined}>
      {apis === undefined ? 'What your groups unlock shows here.' : summaryOf(profile, apis)}
    </ScreenHeader>
  );
}

function ApisContent({ profile }: { profile: ProfileSnapshot }) {
  const { catalog } = profile;
  const filter = useApp((state) => state.apiFilter);
  const search = useApp((state) => state.apiSearch);
  const list = useRef<ApiListHandle>(null);
  if (catalog.status === 'failed') {
    return (
      <ProblemCard problem={catalog.problem}>
        <Button onClick={() => command('catalog:refresh', { profileId: profile.id })}>Try again</Button>
      </ProblemCard>
    );
  }
  if (catalog.status !== 'ready') {
    return profile.signIn.status === 'expired' ? (
      <EmptyState
        icon={ServerOff}
        title="Sign in to see your APIs"
        text="Your sign-in has ended. The list comes back with the next one."
      />
    ) : (
      <SkeletonList label="Loading your APIs" />
    );
  }
  const { groups } = catalog.catalog.person;
  if (catalog.catalog.apis.length === 0) {
    return (
      <EmptyState
        icon={ServerOff}
        title={problemTexts[groups.length === 0 ? 'no-groups' : 'no-access'].title}
        text={
          groups.length === 0
            ? problemTexts['no-groups'].hint
            : `Your groups: ${groups.join(', ')}. Ask IT which group you need.`
        }
      >
        <Button onClick={() => command('catalog:refresh', { profileId: profile.id })}>Look again</Button>
      </EmptyState>
    );
  }
  const items = apiListOf(profile, filter, search);
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

function NothingFound({ filtered, filter, search }: { filtered: boolean; filter: string; search: string }) {
  const text = filtered ? `None of your APIs is ${filter}.` : `Nothing matches “${search}”.`;
  return (
    <EmptyState icon={SearchX} title={filtered ? 'Nothing here' : 'No match'} text={text}>
      <Button onClick={() => useApp.setState({ apiFilter: 'all', apiSearch: '' })}>Show all</Button>
    </EmptyState>
  );
}
