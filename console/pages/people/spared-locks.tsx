import type { ListedLock } from '../../api/admin-api.ts';
import { sparedWords } from './session-words.ts';

/** So many are named; the others have the same cause. */
const mostNamed = 5;

/** Locks on addresses that some relay’s own config spares; nothing where there are none. */
export function SparedLocks({ locks }: { locks: readonly ListedLock[] }) {
  const spared = locks.filter(({ sparedAt }) => sparedAt.length > 0);
  if (spared.length === 0) return null;
  return (
    <section
      aria-label="Locks that don’t count everywhere"
      className="mb-3 rounded-xl border border-line bg-warning-weak p-3 text-sm"
    >
      <p className="font-semibold">By its own config a relay lets some in all the same</p>
      <ul className="break-words">
        {spared.slice(0, mostNamed).map((lock) => (
          <li key={lock.id}>{sparedWords(lock)}</li>
        ))}
        {spared.length > mostNamed && <li>and {spared.length - mostNamed} more</li>}
      </ul>
    </section>
  );
}
