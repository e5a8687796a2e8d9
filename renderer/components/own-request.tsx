import { CircleCheck, CircleX, Hourglass } from 'lucide-react';
import type { ShownRequest } from '../../shared/access-request.ts';
import { text } from '../../shared/messages/text.ts';
import { noteText } from '../../shared/note-text.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { ConfirmDialog } from '../../ui/components/confirm-dialog.tsx';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { formatLength } from '../../ui/model/format.ts';
import { richText } from '../model/rich-text.ts';
import { apiName, catalogOf } from '../model/current-profile.ts';
import { selectApi, useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';

export interface OwnRequestProps {
  readonly profile: ProfileSnapshot;
  readonly request: ShownRequest;
  /** The way to ask once more; left out where there is none. */
  readonly onAgain?: (() => void) | undefined;
  /** Shown apart from its API, so that the API is named and leads there. */
  readonly isElsewhere?: boolean;
}

/** A request of the person’s own as the relay says it: what became of it, until when it holds, and what can be done. */
export function OwnRequest({ profile, request, onAgain, isElsewhere = false }: OwnRequestProps) {
  const { id, api, role, status } = request;
  const note = noteText(request);
  const isWanted = useApp((state) => isElsewhere && state.selectedAccessRequest === id);
  const name = api === null ? text('requests.all-apis') : apiName(catalogOf(profile), api);
  const withdraw = () => command('requests:withdraw', { profileId: profile.id, id });
  return (
    <div
      aria-current={isWanted ? 'true' : undefined}
      className={`flex w-full gap-2.5 rounded-xl border p-3 ${isWanted ? 'border-accent bg-accent-weak' : 'border-line bg-ground'}`}
    >
      <StatusIcon status={status} />
      <div className="grid min-w-0 flex-1 justify-items-start gap-1 text-sm">
        <output className="grid min-w-0 gap-1 break-words">
          {isElsewhere && <span className="text-mute">{name}</span>}
          <span className="font-medium">{titleOf(request)}</span>
          <OwnRequestText request={request} />
          {note !== null && <span>{text('requests.own.note', { note })}</span>}
        </output>
        <span className="flex min-w-0 items-center gap-1 text-xs text-mute">
          <span className="min-w-0 break-words">{text('requests.own.id', { id })}</span>
          <span className="-my-1.5 grid">
            <CopyButton text={id} label={text('requests.own.copy-id')} />
          </span>
        </span>
        <span className="mt-1 flex flex-wrap gap-2">
          {status === 'pending' && <Button onClick={withdraw}>{text('requests.own.take-back')}</Button>}
          {status === 'approved' && (
            <ConfirmDialog
              trigger={<Button>{text('requests.own.give-up')}</Button>}
              title={text('requests.own.give-up.title', { role })}
              text={text('requests.own.give-up.text')}
              action={text('requests.own.give-up')}
              onConfirm={withdraw}
            />
          )}
          {isElsewhere && api !== null && (
            <Button onClick={() => selectApi(api)}>{text('requests.own.show-api')}</Button>
          )}
          {onAgain !== undefined && <Button onClick={onAgain}>{text('requests.own.again')}</Button>}
        </span>
      </div>
    </div>
  );
}

function StatusIcon({ status }: Pick<ShownRequest, 'status'>) {
  if (status === 'pending') return <Hourglass aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />;
  if (status === 'approved') return <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />;
  return <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-mute" />;
}

function titleOf({ status, role, decidedBy, expiresAtMs }: ShownRequest) {
  const when = <Moment key="when" timeMs={expiresAtMs ?? 0} />;
  switch (status) {
    case 'pending':
      return text('requests.own.pending', { role });
    case 'approved':
      return richText('requests.own.approved', { role, when });
    case 'refused':
      return text('requests.own.refused', { by: decidedBy ?? '', role });
    case 'cancelled':
      return text('requests.own.cancelled', { role });
    case 'revoked':
      return text('requests.own.revoked', { role });
    case 'expired':
      return richText('requests.own.expired', { role, when });
  }
}

function OwnRequestText({ request }: { request: ShownRequest }) {
  const { status, hours, requestedAtMs, approvers = [], decidedBy } = request;
  if (status === 'approved') {
    return <span className="text-mute">{text('requests.own.approved.text', { by: decidedBy ?? '' })}</span>;
  }
  if (status !== 'pending') return null;
  const asked = { when: <Moment key="when" timeMs={requestedAtMs} />, span: formatLength(hours * 3_600_000) };
  return (
    <span className="text-mute">
      {approvers.length === 0
        ? richText('requests.own.pending.unknown', asked)
        : richText('requests.own.pending.text', { ...asked, groups: approvers.join(', ') })}
    </span>
  );
}
