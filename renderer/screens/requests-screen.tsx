import { Inbox } from 'lucide-react';
import { useEffect } from 'react';
import type { ShownRequest } from '../../shared/access-request.ts';
import { text } from '../../shared/messages/text.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { EmptyState } from '../../ui/components/empty-state.tsx';
import { PartTitle } from '../../ui/components/fact-list.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { ScrollPage } from '../../ui/components/scroll-page.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import { RequestCard } from '../components/request-card.tsx';
import { useFreshRequests } from '../components/use-fresh-requests.ts';
import { requestsToDecide } from '../model/request-list.ts';
import { useApp } from '../store/app-store.ts';

/** For those who decide: who waits, what is granted now, and what was decided lately. */
export function RequestsScreen({ profile }: { profile: ProfileSnapshot }) {
  useFreshRequests(profile);
  useEffect(() => () => useApp.setState({ selectedAccessRequest: null }), []);
  const { requests } = profile;
  const { waiting, granted, over } = requestsToDecide(requests?.requests ?? []);
  return (
    <ScrollPage>
      <ScreenHeader title={text('requests.title')}>{text('requests.intro')}</ScreenHeader>
      {requests === undefined ? (
        <SkeletonList label={text('app.loading')} />
      ) : (
        <div className="grid grid-cols-1 gap-6">
          {waiting.length === 0 ? (
            <EmptyState icon={Inbox} title={text('requests.none')} text={text('requests.none.text')} />
          ) : (
            <Requests title={text('requests.waiting')} profile={profile} requests={waiting} />
          )}
          <Requests title={text('requests.granted')} profile={profile} requests={granted} />
          <Requests title={text('requests.over')} profile={profile} requests={over} />
          {requests.leftOut > 0 && (
            <p className="text-sm text-mute">{text('requests.left-out', { count: requests.leftOut })}</p>
          )}
        </div>
      )}
    </ScrollPage>
  );
}

interface RequestsProps {
  readonly title: string;
  readonly profile: ProfileSnapshot;
  readonly requests: readonly ShownRequest[];
}

function Requests({ title, profile, requests }: RequestsProps) {
  if (requests.length === 0) return null;
  return (
    <section>
      <PartTitle>{title}</PartTitle>
      <ul aria-label={title} className="overflow-hidden rounded-xl border border-line bg-panel">
        {requests.map((request) => (
          <RequestCard key={request.id} profile={profile} request={request} />
        ))}
      </ul>
    </section>
  );
}
