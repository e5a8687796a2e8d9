import { Activity, Download, SearchX } from 'lucide-react';
import { useMemo } from 'react';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import type { ActivityEntry } from '../../shared/activity.ts';
import { ActivityFilters } from '../components/activity-filters.tsx';
import { ActivityTable } from '../components/activity-table.tsx';
import { Button } from '../../ui/components/button.tsx';
import { EmptyState } from '../../ui/components/empty-state.tsx';
import { ProblemCard } from '../../ui/components/problem-card.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import { useWide } from '../../ui/components/use-media.ts';
import { activityCsv } from '../model/activity-csv.ts';
import { filterActivity } from '../model/activity-log.ts';
import { catalogOf } from '../model/current-profile.ts';
import { formatCount } from '../../ui/model/format.ts';
import { notify, useApp } from '../store/app-store.ts';
import { ask, notifyProblem } from '../store/commands.ts';
import { loadActivity } from '../store/mirror.ts';
import { RequestPanel } from './request-panel.tsx';

const none: readonly ActivityEntry[] = [];

/** Own requests as they happen, with what the relay decided. */
export function ActivityScreen({ profile }: { profile: ProfileSnapshot }) {
  const activity = useApp((state) => state.activity);
  const filter = useApp((state) => state.activityFilter);
  const selected = useApp((state) => state.selectedRequest);
  const wide = useWide();
  const log = activity.status === 'ready' ? activity.entries : none;
  const shown = useMemo(() => filterActivity(log, filter), [log, filter]);
  const entry = selected === null ? null : (log.find((each) => each.requestId === selected) ?? null);
  const catalog = catalogOf(profile);
  const denied = log.filter((each) => each.decision === 'deny').length;
  return (
    <>
      {(entry === null || wide) && (
        <div className="flex min-w-0 flex-1 flex-col px-[22px] pt-5 pb-4">
          <ScreenHeader title="Activity" actions={log.length > 0 && <ExportButton entries={shown} />}>
            {log.length === 0
              ? 'Your requests through the relay show here.'
              : `${formatCount(log.length, 'request', 'requests')}, ${denied.toLocaleString('en')} denied`}
          </ScreenHeader>
          {activity.status === 'failed' && (
            <ProblemCard problem={activity.problem}>
              <Button onClick={() => void loadActivity()}>Try again</Button>
            </ProblemCard>
          )}
          {activity.status === 'loading' && <SkeletonList rows={8} label="Loading your activity" />}
          {activity.status === 'ready' && log.length === 0 && (
            <EmptyState
              icon={Activity}
              title="No requests yet"
              text="Connect an API and call its address. Each request shows here at once, with what was decided and why."
            />
          )}
          {log.length > 0 && <ActivityFilters catalog={catalog} log={log} />}
          {log.length > 0 && shown.length > 0 && <ActivityTable entries={shown} catalog={catalog} />}
          {log.length > 0 && shown.length === 0 && (
            <EmptyState icon={SearchX} title="No match" text="No request passes these filters.">
              <Button onClick={() => useApp.setState({ activityFilter: { api: null, deniedOnly: false, text: '' } })}>
                Show all
              </Button>
            </EmptyState>
          )}
        </div>
      )}
      {entry !== null && <RequestPanel key={entry.requestId} entry={entry} catalog={catalog} wide={wide} />}
    </>
  );
}

function ExportButton({ entries }: { entries: readonly ActivityEntry[] }) {
  const save = () => {
    void ask('activity:export', { csv: activityCsv(entries) }).then((result) => {
      if (!result.ok) notifyProblem(result.problem);
      else if (result.value.saved)
        notify({ tone: 'info', title: 'Saved', text: `${formatCount(entries.length, 'request', 'requests')} as CSV.` });
      return result.ok;
    });
  };
  return (
    <Button onClick={save}>
      <Download aria-hidden className="size-4" /> Export CSV
    </Button>
  );
}
