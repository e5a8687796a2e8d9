import { memo } from 'react';
import type { ActivityEntry } from '../../shared/activity.ts';
import { formatAbsolute, formatBytes, formatClock, formatDuration } from '../../ui/model/format.ts';
import { pushedDown } from '../../ui/model/room-above.ts';
import { requestOutcomeOf } from '../model/request-outcome.ts';
import { useApp } from '../store/app-store.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { text } from '../../shared/messages/text.ts';

/** Height of each row, in pixels, as its class says. */
export const activityRowHeight = 33;

/** Columns of the table's head and rows; the size goes first when there is little room, then what the request's page tells. */
export const activityColumns =
  'grid grid-cols-[58px_44px_minmax(60px,1fr)_64px] items-center gap-2 px-3 @min-[500px]:grid-cols-[60px_minmax(64px,0.8fr)_60px_minmax(80px,2.4fr)_72px_68px_62px] @min-[680px]:grid-cols-[60px_minmax(68px,0.8fr)_60px_minmax(90px,2.4fr)_72px_68px_62px_60px]';

/** Cells that are left out where there is little room. */
export const roomyCell = 'hidden @min-[500px]:block';

export interface ActivityRowProps {
  readonly entry: ActivityEntry;
  readonly name: string;
  /** Place in the table, from 0. */
  readonly index: number;
  /** Pixels that are free above it. */
  readonly room: number;
  /** Takes a key that moves between rows; returns whether it was one. */
  readonly onMove: (index: number, key: string) => boolean;
}

/** One request in the table; a click anywhere opens it. */
export const ActivityRow = memo(function ActivityRow({ entry, name, index, room, onMove }: ActivityRowProps) {
  const selected = useApp((state) => state.selectedRequest === entry.requestId);
  const outcome = requestOutcomeOf(entry);
  const open = () => useApp.setState({ selectedRequest: selected ? null : entry.requestId });
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- the path inside is the button for the keyboard
    <tr
      aria-rowindex={index + 2}
      data-chosen={selected}
      onClick={open}
      className={`h-[33px] border-b border-line last:border-b-0 text-sm ${activityColumns} ${selected ? 'bg-accent-weak' : 'hover:bg-ground'}`}
      style={pushedDown(room)}
    >
      <td className="text-mute tabular-nums" title={formatAbsolute(entry.timeMs)}>
        {formatClock(entry.timeMs)}
      </td>
      <td className={`truncate ${roomyCell}`}>{name}</td>
      <td className="truncate font-mono text-xs">{entry.method}</td>
      <td className="min-w-0">
        <button
          type="button"
          id={`request-${entry.requestId}`}
          aria-expanded={selected}
          title={entry.path}
          onClick={(event) => {
            event.stopPropagation();
            open();
          }}
          onKeyDown={(event) => {
            if (onMove(index, event.key)) event.preventDefault();
          }}
          className="block max-w-full truncate rounded font-mono text-xs"
        >
          {entry.path}
        </button>
      </td>
      <td className={entry.decision === 'deny' ? 'font-medium text-bad' : 'text-ok'}>
        {text(`activity.decision.${entry.decision}`)}
      </td>
      <td className={roomyCell}>
        <Badge tone={outcome.tone}>{entry.decision === 'deny' ? (entry.status ?? '–') : outcome.label}</Badge>
      </td>
      <td className={`text-end tabular-nums ${roomyCell}`}>
        {entry.durationMs === null ? '–' : formatDuration(entry.durationMs)}
      </td>
      <td className="hidden text-end tabular-nums @min-[680px]:block">{formatBytes(entry.responseBytes)}</td>
    </tr>
  );
});
