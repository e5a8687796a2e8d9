import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { Badge } from '../../../ui/components/badge.tsx';
import { Button } from '../../../ui/components/button.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import { PanelPart, SidePanel } from '../../../ui/components/side-panel.tsx';
import { formatAbsolute } from '../../../ui/model/format.ts';
import { ActDialog } from '../../act/act-dialog.tsx';
import type { Anomaly } from '../../api/admin-api.ts';
import { act } from '../../api/ask.ts';
import { Link } from '../../route/link.tsx';
import { hrefOf } from '../../route/place.ts';
import { useMay } from '../../store/sign-in.ts';
import { personId } from '../people/person-id.ts';
import { useEscape } from '../use-escape.ts';
import { ruleWords, timeAround } from './anomaly-words.ts';

export interface AnomalyPanelProps {
  readonly anomaly: Anomaly;
  readonly isWide: boolean;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** One finding with all that is known of it, whom to look at, and the way to say what came of it. */
export function AnomalyPanel({ anomaly, isWide, onClose, onDone }: AnomalyPanelProps) {
  useEscape(onClose);
  const mayAcknowledge = useMay('acknowledge');
  const mayReadPeople = useMay('read-people');
  const mayReadAudit = useMay('read-audit');
  const { id, rule, timeMs, person, api, device, remoteAddress, sessionId, detail, acknowledged } = anomaly;
  const who = person?.username ?? 'Nobody was signed in';
  return (
    <SidePanel title={ruleWords(rule)} wide={isWide} backTo="Anomalies" onClose={onClose}>
      <div className="grid gap-1 pe-8">
        <h2 className="text-lg font-semibold break-words">{ruleWords(rule)}</h2>
        <p className="break-words">{detail}</p>
        <p>{acknowledged === null ? <Badge tone="warning">waiting</Badge> : <Badge tone="quiet">looked at</Badge>}</p>
      </div>
      <PanelPart title="What is known">
        <dl className="grid gap-1.5 text-sm">
          <Fact name="When">
            {formatAbsolute(timeMs)}, <Moment timeMs={timeMs} />
          </Fact>
          <Fact name="Who">
            {person !== null && mayReadPeople ? (
              <Link className="text-accent hover:underline" href={hrefOf('people', [personId(person)])}>
                {who}
              </Link>
            ) : (
              who
            )}
          </Fact>
          {api !== null && <Fact name="API">{api}</Fact>}
          {remoteAddress !== '' && (
            <Fact name="From">
              {remoteAddress} <CopyButton text={remoteAddress} label="Copy the address" />
            </Fact>
          )}
          {device !== '' && <Fact name="Device">{device}</Fact>}
          {sessionId !== '' && (
            <Fact name="Session">
              <code className="font-mono text-xs break-all">{sessionId}</code>{' '}
              <CopyButton text={sessionId} label="Copy the session’s id" />
            </Fact>
          )}
          <Fact name="Rule">
            <code className="font-mono text-xs">{rule}</code>
          </Fact>
        </dl>
      </PanelPart>
      {mayReadAudit && (
        <Link
          className="text-sm text-accent hover:underline"
          href={hrefOf('audit', [], {
            ...(person === null ? { address: remoteAddress } : { user: person.username }),
            ...timeAround(anomaly),
          })}
        >
          Records around that time
        </Link>
      )}
      {acknowledged !== null && (
        <PanelPart title="What came of it">
          <p className="break-words">{acknowledged.note}</p>
          <p className="text-sm text-mute">
            {acknowledged.by}, <Moment timeMs={acknowledged.atMs} />
          </p>
        </PanelPart>
      )}
      {acknowledged === null && mayAcknowledge && (
        <div>
          <ActDialog
            trigger={
              <Button look="primary">
                <Check aria-hidden className="size-4" /> I’ve looked at it
              </Button>
            }
            title="What came of it?"
            text={`${ruleWords(rule)}: ${detail} Once somebody has said it, the finding waits no longer.`}
            action="Record it"
            look="primary"
            reasonLabel="What came of it"
            onAct={(note) => act('/admin/v1/anomalies/{id}/acknowledge', { note }, { id })}
            done="The finding was looked at"
            onDone={onDone}
          />
        </div>
      )}
    </SidePanel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[5rem_minmax(0,1fr)] items-baseline gap-2">
      <dt className="text-mute">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}
