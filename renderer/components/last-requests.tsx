import { lastRequestsOf } from '../model/current-profile.ts';
import { formatClock, formatDuration } from '../../ui/model/format.ts';
import { requestOutcomeOf } from '../model/request-outcome.ts';
import { showActivityOf, useApp } from '../store/app-store.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { Button } from '../../ui/components/button.tsx';
import { PanelPart } from '../../ui/components/side-panel.tsx';
import { text } from '../../shared/messages/text.ts';

/** The newest five requests of one API, with the way to all of them. */
export function LastRequests({ api }: { api: string }) {
  const activity = useApp((state) => state.activity);
  const requests = activity.status === 'ready' ? lastRequestsOf(activity.entries, api, 5) : [];
  return (
    <PanelPart title={text('api.last-requests')}>
      {requests.length === 0 && <p className="text-mute">{text('api.last-requests.none')}</p>}
      <ul>
        {requests.map((entry) => {
          const { label, tone } = requestOutcomeOf(entry);
          const duration =
            entry.durationMs === null || entry.decision === 'deny' ? '' : `, ${formatDuration(entry.durationMs)}`;
          return (
            <li
              key={entry.requestId}
              className="flex items-center gap-2 border-t border-line py-[5px] text-[12.5px] first:border-t-0"
            >
              <span className="w-[54px] shrink-0 text-faint tabular-nums">{formatClock(entry.timeMs)}</span>
              <code className="min-w-0 flex-1 truncate font-mono text-xs" title={entry.path}>
                {entry.method} {entry.path}
              </code>
              <Badge tone={tone}>{`${label}${duration}`}</Badge>
            </li>
          );
        })}
      </ul>
      {requests.length > 0 && (
        <Button look="quiet" className="mt-1 -ms-3" onClick={() => showActivityOf(api)}>
          {text('app.show-all')}
        </Button>
      )}
    </PanelPart>
  );
}
