import { KeyRound } from 'lucide-react';
import { useDeferredValue, useMemo } from 'react';
import type { ShownRequest } from '../../shared/access-request.ts';
import type { Catalog } from '../../shared/catalog.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { Button } from '../../ui/components/button.tsx';
import { EmptyState } from '../../ui/components/empty-state.tsx';
import { FactList, FactRow, PartTitle } from '../../ui/components/fact-list.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { AccessGroup } from '../components/access-group.tsx';
import { AccessSearch } from '../components/access-search.tsx';
import { AllApisForm } from '../components/all-apis-form.tsx';
import { OwnRequest } from '../components/own-request.tsx';
import { useFreshRequests } from '../components/use-fresh-requests.ts';
import { type Requestable, rolesToAskFor } from '../model/access-request.ts';
import { findAccess } from '../model/access-search.ts';
import { ownRequests } from '../model/request-list.ts';
import { useNow } from '../../ui/components/use-now.ts';
import { ProblemCard } from '../components/problem-card.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { ScrollPage } from '../../ui/components/scroll-page.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import { catalogOf } from '../model/current-profile.ts';
import { useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { text } from '../../shared/messages/text.ts';
import { richText } from '../model/rich-text.ts';

/** Who I am to the relay, what that opens, what it doesn't and whom to ask. */
export function AccessScreen({ profile }: { profile: ProfileSnapshot }) {
  useFreshRequests(profile);
  const catalog = catalogOf(profile);
  return (
    <ScrollPage>
      <ScreenHeader title={text('shell.screen.access')}>
        {text('access.intro', { relay: profile.relayName })}
      </ScreenHeader>
      {profile.catalog.status === 'failed' && (
        <ProblemCard problem={profile.catalog.problem}>
          <Button onClick={() => command('catalog:refresh', { profileId: profile.id })}>{text('app.try-again')}</Button>
        </ProblemCard>
      )}
      {(profile.catalog.status === 'loading' ||
        (profile.catalog.status === 'none' && profile.signIn.status === 'signed-in')) && (
        <SkeletonList label={text('access.loading')} />
      )}
      {profile.catalog.status === 'none' && profile.signIn.status === 'expired' && (
        <EmptyState icon={KeyRound} title={text('access.signed-out')} text={text('access.signed-out.text')} />
      )}
      {catalog !== null && <AccessContent profile={profile} catalog={catalog} />}
    </ScrollPage>
  );
}

/** All of it, or what fits the search. */
function AccessContent({ profile, catalog }: { profile: ProfileSnapshot; catalog: Catalog }) {
  const nowMs = useNow(60_000);
  const asked = profile.requests;
  // Drawing what was found waits for the typing.
  const search = useDeferredValue(useApp((state) => state.accessSearch));
  const found = useMemo(() => {
    const requests = ownRequests(asked, nowMs);
    return findAccess({ requests, roles: rolesToAskFor(catalog, catalog), apis: catalog.apis }, catalog, search);
  }, [asked, nowMs, catalog, search]);
  return (
    <>
      <AccessSearch found={found} />
      <div className="grid grid-cols-1 gap-6">
        {found.person && <Person profile={profile} catalog={catalog} />}
        <YourRequests profile={profile} requests={found.requests} />
        <RolesForAll profile={profile} roles={found.roles} />
        <AccessGroup title={text('access.allowed')} apis={found.open} />
        <AccessGroup title={text('access.not-allowed')} apis={found.locked} />
      </div>
    </>
  );
}

function Person({ profile, catalog: { person } }: { profile: ProfileSnapshot; catalog: Catalog }) {
  return (
    <section>
      <PartTitle>{text('access.you')}</PartTitle>
      <FactList>
        <FactRow name={text('access.name')}>{person.name}</FactRow>
        {person.email !== undefined && <FactRow name={text('access.email')}>{person.email}</FactRow>}
        <FactRow name={text('access.groups')}>
          {person.groups.length === 0 ? (
            text('access.no-groups')
          ) : (
            <span className="flex flex-wrap gap-1.5">
              {person.groups.map((group) => (
                <Badge key={group} tone="quiet">
                  {group}
                </Badge>
              ))}
            </span>
          )}
        </FactRow>
        <SignInFacts profile={profile} />
      </FactList>
    </section>
  );
}

/** What the person has asked for, and until when it holds. */
function YourRequests({ profile, requests }: { profile: ProfileSnapshot; requests: readonly ShownRequest[] }) {
  if (requests.length === 0) return null;
  return (
    <section>
      <PartTitle>{text('requests.yours')}</PartTitle>
      <ul className="grid gap-2">
        {requests.map((request) => (
          <li key={request.id}>
            <OwnRequest profile={profile} request={request} isElsewhere />
          </li>
        ))}
      </ul>
    </section>
  );
}

function SignInFacts({ profile: { signIn } }: { profile: ProfileSnapshot }) {
  if (signIn.status === 'expired')
    return <FactRow name={text('access.sign-in')}>{text('access.sign-in.ended')}</FactRow>;
  if (signIn.status !== 'signed-in') return null;
  return (
    <>
      <FactRow name={text('app.signed-in')}>
        <Moment timeMs={signIn.sinceMs} />
      </FactRow>
      <FactRow name={signIn.renewalProblem === null ? text('access.renews') : text('access.ends')}>
        {signIn.renewalProblem === null ? (
          richText('app.renews-itself', { time: <Moment timeMs={signIn.expiresAtMs} /> })
        ) : (
          <Moment timeMs={signIn.expiresAtMs} />
        )}
      </FactRow>
    </>
  );
}

/** Roles that the person could have at all APIs for a time. */
function RolesForAll({ profile, roles }: { profile: ProfileSnapshot; roles: readonly Requestable[] }) {
  if (roles.length === 0) return null;
  return (
    <section>
      <PartTitle>{text('access.everywhere')}</PartTitle>
      <div className="rounded-xl border border-line bg-panel p-3.5">
        <AllApisForm profile={profile} roles={roles} hasOwnRequests={false} />
      </div>
    </section>
  );
}
