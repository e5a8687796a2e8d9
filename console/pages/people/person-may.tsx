import { Check, Lock, Minus } from 'lucide-react';
import { Badge } from '../../../ui/components/badge.tsx';
import { PartTitle } from '../../../ui/components/fact-list.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import type { SeenPerson } from '../../api/admin-api.ts';
import { Link } from '../../route/link.tsx';
import { hrefOf } from '../../route/place.ts';

const levels = { none: 'no access', read: 'read', 'read-write': 'read and write' } as const;
const statuses = {
  pending: 'quiet',
  approved: 'ok',
  refused: 'bad',
  cancelled: 'quiet',
  revoked: 'bad',
  expired: 'quiet',
} as const;

/** What a person may at each API, in words, and the roles they asked for or got. */
export function PersonMay({ seen: { apis, grants } }: { seen: SeenPerson }) {
  return (
    <>
      <section>
        <PartTitle>What they may</PartTitle>
        {apis === null ? (
          <p className="text-sm text-mute">
            It isn’t known which groups the person has: that is seen with the next request.
          </p>
        ) : (
          <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-panel">
            {apis.map(({ id, name, level, access, permissions, unlockedBy, lock }) => (
              <li key={id} className="grid gap-1 px-4 py-2.5">
                <p className="flex min-w-0 flex-wrap items-center gap-x-2">
                  <Link href={hrefOf('apis', [id])} className="min-w-0 truncate font-medium hover:underline">
                    {name}
                  </Link>
                  <Badge tone={lock !== undefined ? 'bad' : access === 'open' ? 'ok' : 'quiet'}>
                    {lock === undefined ? levels[level] : 'locked'}
                  </Badge>
                  {access === 'locked' && unlockedBy.length > 0 && (
                    <span className="text-sm text-mute">unlocked by {unlockedBy.join(' or ')}</span>
                  )}
                </p>
                {permissions.length > 0 && (
                  <ul className="grid gap-0.5 text-sm">
                    {permissions.map(({ effect, text, rule }) => (
                      <li key={`${rule} ${text}`} className="flex min-w-0 items-baseline gap-2">
                        {effect === 'allow' ? (
                          <Check aria-label="May" className="size-3.5 shrink-0 translate-y-0.5 text-ok" />
                        ) : (
                          <Minus aria-label="May not" className="size-3.5 shrink-0 translate-y-0.5 text-bad" />
                        )}
                        <span className="min-w-0 break-words">
                          {text} <span className="text-mute">({rule})</span>
                        </span>
                      </li>
                    ))}
                  </ul>
                )}
              </li>
            ))}
          </ul>
        )}
      </section>
      {grants.length > 0 && (
        <section>
          <PartTitle>Roles asked for</PartTitle>
          <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-panel">
            {grants.map(({ id, role, api, status, reason, requestedAtMs, expiresAtMs }) => (
              <li key={id} className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5 px-4 py-2.5">
                <Lock aria-hidden className="size-3.5 translate-y-0.5 text-faint" />
                <span className="font-medium">{role}</span>
                <span className="text-mute">{api === null ? 'everywhere' : `at ${api}`}</span>
                <Badge tone={statuses[status]}>{status}</Badge>
                <span className="w-full text-sm break-words text-mute">
                  {reason} – asked <Moment timeMs={requestedAtMs} />
                  {status === 'approved' && expiresAtMs !== null && (
                    <>
                      , ends <Moment timeMs={expiresAtMs} />
                    </>
                  )}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
