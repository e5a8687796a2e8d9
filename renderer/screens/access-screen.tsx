import { KeyRound } from 'lucide-react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { Button } from '../../ui/components/button.tsx';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { EmptyState } from '../../ui/components/empty-state.tsx';
import { FactList, FactRow, PartTitle } from '../../ui/components/fact-list.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { OwnRequest } from '../components/own-request.tsx';
import { useFreshRequests } from '../components/use-fresh-requests.ts';
import { ownRequests } from '../model/request-list.ts';
import { useNow } from '../../ui/components/use-now.ts';
import { PermissionList } from '../components/permission-list.tsx';
import { ProblemCard } from '../components/problem-card.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { ScrollPage } from '../../ui/components/scroll-page.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import { Tile } from '../../ui/components/tile.tsx';
import { accessLevelLabel, unlockText } from '../model/access-level.ts';
import { lockLine } from '../model/lock-text.ts';
import { catalogOf } from '../model/current-profile.ts';
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
      {catalog !== null && (
        <div className="grid grid-cols-1 gap-6">
          <section>
            <PartTitle>{text('access.you')}</PartTitle>
            <FactList>
              <FactRow name={text('access.name')}>{catalog.person.name}</FactRow>
              {catalog.person.email !== undefined && (
                <FactRow name={text('access.email')}>{catalog.person.email}</FactRow>
              )}
              <FactRow name={text('access.groups')}>
                {catalog.person.groups.length === 0 ? (
                  text('access.no-groups')
                ) : (
                  <span className="flex flex-wrap gap-1.5">
                    {catalog.person.groups.map((group) => (
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
          <YourRequests profile={profile} />
          <AccessGroup title={text('access.allowed')} apis={catalog.apis.filter((api) => api.access === 'open')} />
          <AccessGroup
            title={text('access.not-allowed')}
            apis={catalog.apis.filter((api) => api.access === 'locked')}
          />
        </div>
      )}
    </ScrollPage>
  );
}

/** What the person has asked for, and until when it holds. */
function YourRequests({ profile }: { profile: ProfileSnapshot }) {
  const requests = ownRequests(profile.requests, useNow(60_000));
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

function AccessGroup({ title, apis }: { title: string; apis: readonly CatalogEntry[] }) {
  if (apis.length === 0) return null;
  return (
    <section>
      <PartTitle>{title}</PartTitle>
      <ul className="overflow-hidden rounded-xl border border-line bg-panel">
        {apis.map((api) => (
          <li
            key={api.id}
            className="@container border-t border-line [contain-intrinsic-size:auto_90px] [content-visibility:auto] first:border-t-0"
          >
            <div className="flex gap-3 px-3.5 py-3">
              <Tile id={api.id} name={api.name} look={api.look} locked={api.access === 'locked'} />
              <div className="grid min-w-0 flex-1 grid-cols-1 gap-1.5">
                <div className="flex min-h-7 items-start gap-3 @max-[520px]:flex-wrap">
                  <h3 className="flex min-w-0 flex-1 flex-wrap items-center gap-1.5 pt-[3px] font-semibold">
                    <span className="min-w-0 break-words">{api.name}</span>
                    {api.access === 'open' && api.lock === undefined && (
                      <Badge tone="ok">{accessLevelLabel(api.level)}</Badge>
                    )}
                  </h3>
                  {api.owner !== undefined && (
                    <p className="flex h-7 max-w-[45%] min-w-0 items-center gap-1 text-sm text-mute @max-[520px]:w-full @max-[520px]:max-w-full">
                      <span className="truncate" title={api.owner}>
                        {text('access.ask-owner', { owner: api.owner })}
                      </span>
                      <CopyButton text={api.owner} label={text('access.copy-owner', { api: api.name })} />
                    </p>
                  )}
                </div>
                {api.lock !== undefined && <p className="break-words text-bad">{lockLine(api.lock)}</p>}
                {api.access === 'locked' ? (
                  <p className="break-words text-mute">{unlockText(api.unlockedBy)}</p>
                ) : (
                  <PermissionList permissions={api.permissions} />
                )}
              </div>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
