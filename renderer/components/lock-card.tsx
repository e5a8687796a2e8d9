import { Lock } from 'lucide-react';
import type { CatalogEntry, ShownLock } from '../../shared/catalog.ts';
import { formatAbsolute } from '../../ui/model/format.ts';
import { lockTitle } from '../model/lock-text.ts';
import { CopyTextButton } from '../../ui/components/copy-button.tsx';
import { Moment } from '../../ui/components/moment.tsx';

/** Why an API that the groups would open is shut: who is shut out, why, until when, and what to do. */
export function LockCard({ api, lock }: { api: CatalogEntry; lock: ShownLock }) {
  return (
    <div className="flex gap-2.5 rounded-xl border border-line bg-bad-weak p-3">
      <Lock aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="grid min-w-0 flex-1 justify-items-start gap-1 text-sm">
        <p className="font-semibold break-words">{lockTitle(lock)}</p>
        <p className="break-words">{lock.reason ?? 'IT gives no reason here.'}</p>
        <p className="text-mute">
          {lock.untilMs === null ? (
            'Until IT takes the lock away.'
          ) : (
            <>
              Ends <Moment timeMs={lock.untilMs} />, at {formatAbsolute(lock.untilMs)}.
            </>
          )}{' '}
          Requests are refused meanwhile; it works again by itself.
        </p>
        <CopyTextButton label="Copy a message to send" text={message(api, lock)} />
      </div>
    </div>
  );
}

function message({ name, id }: CatalogEntry, lock: ShownLock): string {
  const reason = lock.reason === undefined ? '' : ` The reason given is: ${lock.reason}`;
  return `${name} (${id}) is locked for me in Causeway: “${lockTitle(lock)}”.${reason} When can I use it again?`;
}
