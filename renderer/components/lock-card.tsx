import { Lock } from 'lucide-react';
import type { CatalogEntry, ShownLock } from '../../shared/catalog.ts';
import { formatAbsolute } from '../../ui/model/format.ts';
import { lockTitle } from '../model/lock-text.ts';
import { CopyTextButton } from '../../ui/components/copy-button.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { text } from '../../shared/messages/text.ts';
import { richText } from '../model/rich-text.ts';

/** Why an API that the groups would open is shut: who is shut out, why, until when, and what to do. */
export function LockCard({ api, lock }: { api: CatalogEntry; lock: ShownLock }) {
  return (
    <div className="flex gap-2.5 rounded-xl border border-line bg-bad-weak p-3">
      <Lock aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="grid min-w-0 flex-1 justify-items-start gap-1 text-sm">
        <p className="font-semibold break-words">{lockTitle(lock)}</p>
        <p className="break-words">{lock.reason ?? text('locks.no-reason')}</p>
        <p className="text-mute">
          {lock.untilMs === null
            ? text('locks.until-taken-away')
            : richText('locks.ends', {
                time: <Moment timeMs={lock.untilMs} />,
                at: formatAbsolute(lock.untilMs),
              })}
        </p>
        <CopyTextButton label={text('access.copy-message')} text={message(api, lock)} />
      </div>
    </div>
  );
}

function message({ name, id }: CatalogEntry, lock: ShownLock): string {
  const values = { api: name, id, lock: lockTitle(lock) };
  return lock.reason === undefined
    ? text('locks.message', values)
    : text('locks.message-reason', { ...values, reason: lock.reason });
}
