import { useState } from 'react';
import { text } from '../../shared/messages/text.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { useNow } from '../../ui/components/use-now.ts';
import { joinNames } from '../../ui/model/format.ts';
import type { Requestable } from '../model/access-request.ts';
import { ownRequestsAt } from '../model/request-list.ts';
import { focusReason } from '../store/app-store.ts';
import { AccessForm } from './access-form.tsx';
import { OwnRequest } from './own-request.tsx';

const lookEveryMs = 60_000;

export interface AllApisFormProps {
  readonly profile: ProfileSnapshot;
  readonly roles: readonly Requestable[];
  /** Whether what was asked for is shown here, too. */
  readonly hasOwnRequests?: boolean;
}

/** Asks for roles that count at all APIs, and says what became of it; the form opens when it is wanted. */
export function AllApisForm({ profile, roles, hasOwnRequests = true }: AllApisFormProps) {
  const [isOpen, setOpen] = useState(false);
  const requests = ownRequestsAt(profile.requests, null, useNow(lookEveryMs)).filter(({ role }) =>
    roles.some((each) => each.role === role),
  );
  const waiting = new Set(requests.filter(({ status }) => status === 'pending').map(({ role }) => role));
  const left = roles.filter(({ role }) => !waiting.has(role));
  const open = () => {
    setOpen(true);
    focusReason(null);
  };
  return (
    <div className="grid w-full justify-items-start gap-2.5">
      <p className="break-words text-mute">
        {text('access.everywhere.text', {
          count: roles.length,
          roles: joinNames(
            roles.map(({ role }) => role),
            'and',
          ),
        })}
      </p>
      {hasOwnRequests && requests.map((request) => <OwnRequest key={request.id} profile={profile} request={request} />)}
      {left.length > 0 && !isOpen && <Button onClick={open}>{text('access.everywhere.ask')}</Button>}
      {left.length > 0 && isOpen && (
        <AccessForm
          profileId={profile.id}
          api={{ id: null, name: text('requests.all-apis') }}
          roles={left}
          onSent={() => setOpen(false)}
        />
      )}
    </div>
  );
}
