import { formatAbsolute, formatRelative } from '../model/format.ts';
import { presentBeside } from './clock.ts';
import { useNow } from './use-now.ts';

/** A time relative to now; the absolute one shows on hover. */
export function Moment({ timeMs }: { timeMs: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(timeMs).toISOString()} title={formatAbsolute(timeMs)}>
      {formatRelative(timeMs, presentBeside(timeMs, now))}
    </time>
  );
}
