import { useEffect, useId, useRef, useState } from 'react';
import type { ShownRequest } from '../../shared/access-request.ts';
import { text } from '../../shared/messages/text.ts';
import { noteText } from '../../shared/note-text.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { formatLength } from '../../ui/model/format.ts';
import { catalogOf } from '../model/current-profile.ts';
import { hoursToChoose } from '../model/request-list.ts';
import { allowedText } from '../model/permission-text.ts';
import { richText } from '../model/rich-text.ts';
import { notify, useApp } from '../store/app-store.ts';
import { ask, notifyProblem } from '../store/commands.ts';

type Verdict = 'approve' | 'refuse' | 'end';

export interface RequestCardProps {
  readonly profile: ProfileSnapshot;
  readonly request: ShownRequest;
}

/** Somebody’s request: who asks for what and why, what they have today, and the word that decides. */
export function RequestCard({ profile, request }: RequestCardProps) {
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const isWanted = useApp((state) => state.selectedAccessRequest === request.id);
  const card = useRef<HTMLLIElement>(null);
  const { requester: who, role, decidable, endable } = request;
  const api = apiName(profile, request);
  const note = noteText(request);
  useEffect(() => {
    if (!isWanted) return;
    card.current?.scrollIntoView({ block: 'nearest' });
    card.current?.focus();
  }, [isWanted]);

  return (
    <li
      ref={card}
      tabIndex={-1}
      aria-current={isWanted ? 'true' : undefined}
      className={`grid gap-2 border-t border-line px-4 py-3 first:border-t-0 ${isWanted ? 'bg-accent-weak' : ''}`}
    >
      <h3 className="font-semibold break-words">
        {text(decidable ? 'requests.who' : endable ? 'requests.has' : 'requests.had', { who, role, api })}
      </h3>
      <p className="break-words">{request.reason}</p>
      <RequestTimes request={request} />
      <Today request={request} />
      {note !== null && <p className="text-sm break-words text-mute">{text('requests.own.note', { note })}</p>}
      {verdict === null ? (
        <div className="flex flex-wrap gap-2">
          {decidable && (
            <>
              <Button
                look="primary"
                aria-label={text('requests.approve.of', { who, api })}
                onClick={() => setVerdict('approve')}
              >
                {text('requests.approve')}
              </Button>
              <Button aria-label={text('requests.refuse.of', { who, api })} onClick={() => setVerdict('refuse')}>
                {text('requests.refuse')}
              </Button>
            </>
          )}
          {endable && (
            <Button aria-label={text('requests.end.of', { who, api })} onClick={() => setVerdict('end')}>
              {text('requests.end')}
            </Button>
          )}
        </div>
      ) : (
        <Deciding profile={profile} request={request} verdict={verdict} api={api} onDone={() => setVerdict(null)} />
      )}
    </li>
  );
}

function RequestTimes({ request }: { request: ShownRequest }) {
  const { status, hours, requestedAtMs, decidedBy, expiresAtMs } = request;
  const by = decidedBy ?? '';
  if (status === 'approved' && expiresAtMs !== null) {
    const when = <Moment key="when" timeMs={expiresAtMs} />;
    return <p className="text-sm text-mute">{richText('requests.until', { when, by })}</p>;
  }
  const when = <Moment key="when" timeMs={requestedAtMs} />;
  return (
    <p className="text-sm text-mute">
      {richText('requests.for', { span: formatLength(hours * 3_600_000), when })}
      {status !== 'pending' && <> · {text(`requests.was.${status}`, { by })}</>}
    </p>
  );
}

/** What the person has without it, so that whoever decides knows what is added. */
function Today({ request: { today } }: { request: ShownRequest }) {
  if (today === undefined) return null;
  const { allowed, about, grants } = today;
  return (
    <div className="text-sm text-mute">
      <span className="font-medium">{text('requests.today')}</span>
      <ul className="list-disc ps-4 break-words">
        {allowed.length + grants.length === 0 && <li>{text('requests.today.nothing')}</li>}
        {allowed.map((words, index) => (
          <li key={words}>{allowedText(words, about?.[index] ?? undefined)}</li>
        ))}
        {grants.map(({ role, expiresAtMs }) => (
          <li key={`${role} ${expiresAtMs}`}>
            {richText('requests.today.grant', { role, when: <Moment key="when" timeMs={expiresAtMs} /> })}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface DecidingProps extends RequestCardProps {
  readonly verdict: Verdict;
  readonly api: string;
  readonly onDone: () => void;
}

/** The word itself: for how long, or why not. Somebody else may be faster: then that is said, and nothing is done. */
function Deciding({ profile, request, verdict, api, onDone }: DecidingProps) {
  const [note, setNote] = useState('');
  const [hours, setHours] = useState(request.hours);
  const [isMissing, setMissing] = useState(false);
  const [isSending, setSending] = useState(false);
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const { requester: who, role } = request;
  const needsReason = verdict !== 'approve';

  const send = () => {
    if (needsReason && note.trim() === '') {
      setMissing(true);
      field.current?.focus();
      return;
    }
    setSending(true);
    const shorter = verdict === 'approve' && hours < request.hours ? { hours } : {};
    void ask('requests:decide', { profileId: profile.id, id: request.id, verdict, note: note.trim(), ...shorter }).then(
      (result) => {
        if (result.ok) notify({ tone: 'info', ...doneText(verdict, { who, role, api, hours }) });
        else notifyProblem(result.problem);
        onDone();
        return result.ok;
      },
    );
  };

  return (
    <form
      noValidate
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {verdict === 'approve' && (
        <label className="grid gap-1 text-sm">
          {text('requests.approve.how-long')}
          <select
            value={hours}
            onChange={(event) => setHours(Number(event.target.value))}
            className="h-9 w-fit max-w-full min-w-0 rounded-[9px] border border-edge bg-panel px-2.5"
          >
            {hoursToChoose(request.hours).map((each) => (
              <option key={each} value={each}>
                {each === request.hours
                  ? text('requests.approve.asked', { span: formatLength(each * 3_600_000) })
                  : formatLength(each * 3_600_000)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label className="grid gap-1 text-sm" htmlFor={id}>
        {text('requests.reason')}
      </label>
      <textarea
        ref={field}
        id={id}
        rows={2}
        maxLength={1000}
        value={note}
        aria-invalid={isMissing}
        aria-describedby={`${id}-note`}
        onChange={(event) => setNote(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone();
        }}
        className="min-h-[3.75rem] resize-y rounded-[9px] border border-edge bg-panel px-2.5 py-1.5 aria-invalid:border-bad"
      />
      <p
        id={`${id}-note`}
        role={isMissing ? 'alert' : undefined}
        className={`text-xs ${isMissing ? 'text-bad' : 'text-mute'}`}
      >
        {text(needsReason ? 'requests.reason.needed' : 'requests.reason.optional', { who })}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look={verdict === 'approve' ? 'primary' : 'danger'} disabled={isSending}>
          {text(`requests.${verdict}`)}
        </Button>
        <Button onClick={onDone}>{text('requests.cancel')}</Button>
      </div>
    </form>
  );
}

function doneText(
  verdict: Verdict,
  { hours, ...said }: { readonly who: string; readonly role: string; readonly api: string; readonly hours: number },
): { readonly title: string; readonly text: string } {
  const { who } = said;
  switch (verdict) {
    case 'approve':
      return {
        title: text('requests.approved'),
        text: text('requests.approved.text', { ...said, span: formatLength(hours * 3_600_000) }),
      };
    case 'refuse':
      return { title: text('requests.refused'), text: text('requests.refused.text', { who }) };
    case 'end':
      return { title: text('requests.ended'), text: text('requests.ended.text', { who }) };
  }
}

function apiName(profile: ProfileSnapshot, { api }: ShownRequest): string {
  if (api === null) return text('requests.all-apis');
  return catalogOf(profile)?.apis.find(({ id }) => id === api)?.name ?? api;
}
