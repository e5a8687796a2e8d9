import { Activity, Download, SearchX } from 'lucide-react';
import { useMemo } from 'react';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import type { ActivityEntry, ActivityLog } from '../../shared/activity.ts';
import { ActivityFilters } from '../components/activity-filters.tsx';
import { ActivityTable } from '../components/activity-table.tsx';
import { Button } from '../../ui/components/button.tsx';
import { EmptyState } from '../../ui/components/empty-state.tsx';
import { ProblemCard } from '../components/problem-card.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import { useWide } from '../../ui/components/use-media.ts';
import { activityCsv } from '../model/activity-csv.ts';
import { activityTotals, filterActivity } from '../model/activity-log.ts';
import { catalogOf } from '../model/current-profile.ts';
import { type ActivityState, notify, useApp } from '../store/app-store.ts';
import { ask, notifyProblem } from '../store/commands.ts';
import { loadActivity } from '../store/mirror.ts';
import { RequestPanel } from './request-panel.tsx';
import { text } from '../../shared/messages/text.ts';

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
  const { notListed, ...totals } = useMemo(() => activityTotals(logOf(activity), filter.api), [activity, filter.api]);
  const missing = Object.values(notListed).reduce((sum, count) => sum + count, 0);
  return (
    <>
      {(entry === null || wide) && (
        <div className="flex min-w-0 flex-1 flex-col px-[22px] pt-5 pb-4">
          <ScreenHeader
            title={text('shell.screen.activity')}
            actions={
              log.length > 0 && (
                <ExportButton entries={shown} notListed={filter.deniedOnly || filter.text !== '' ? {} : notListed} />
              )
            }
          >
            {log.length === 0
              ? text('activity.intro')
              : text('activity.count', { count: totals.requests, denied: totals.denied, failed: totals.failed })}
          </ScreenHeader>
          {activity.status === 'failed' && (
            <ProblemCard problem={activity.problem}>
              <Button onClick={() => void loadActivity()}>{text('app.try-again')}</Button>
            </ProblemCard>
          )}
          {activity.status === 'loading' && <SkeletonList rows={8} label={text('activity.loading')} />}
          {activity.status === 'ready' && log.length === 0 && (
            <EmptyState icon={Activity} title={text('activity.none')} text={text('activity.none.text')} />
          )}
          {log.length > 0 && <ActivityFilters catalog={catalog} log={log} />}
          {missing > 0 && <p className="mb-2 text-sm text-mute">{text('activity.not-listed', { count: missing })}</p>}
          {log.length > 0 && shown.length > 0 && <ActivityTable entries={shown} catalog={catalog} />}
          {log.length > 0 && shown.length === 0 && (
            <EmptyState icon={SearchX} title={text('app.no-match.title')} text={text('activity.no-match')}>
              <Button onClick={() => useApp.setState({ activityFilter: { api: null, deniedOnly: false, text: '' } })}>
                {text('app.show-all')}
              </Button>
            </EmptyState>
          )}
        </div>
      )}
      {entry !== null && <RequestPanel key={entry.requestId} entry={entry} catalog={catalog} wide={wide} />}
    </>
  );
}

const noLog: ActivityLog = { entries: none, counts: {} };

function logOf(activity: ActivityState): ActivityLog {
  return activity.status === 'ready' ? activity : noLog;
}

function ExportButton({
  entries,
  notListed,
}: {
  entries: readonly ActivityEntry[];
  notListed: Readonly<Record<string, number>>;
}) {
  const save = () => {
    void ask('activity:export', { csv: activityCsv(entries, notListed) }).then((result) => {
      if (!result.ok) notifyProblem(result.problem);
      else if (result.value.saved)
        notify({
          tone: 'info',
          title: text('activity.saved'),
          text: text('activity.saved.text', { count: entries.length }),
        });
      return result.ok;
    });
  };
  return (
    <Button onClick={save}>
      <Download aria-hidden className="size-4" /> {text('activity.export')}
    </Button>
  );
}
