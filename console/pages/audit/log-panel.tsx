import { LoaderCircle, ShieldAlert, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import type { UserProblem } from '../../../shared/errors.ts';
import { Badge } from '../../../ui/components/badge.tsx';
import { Button } from '../../../ui/components/button.tsx';
import { CopyButton, CopyTextButton } from '../../../ui/components/copy-button.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import { ProblemCard } from '../../../ui/components/problem-card.tsx';
import { PanelPart } from '../../../ui/components/side-panel.tsx';
import type { AuditVerdict } from '../../api/admin-api.ts';
import { act } from '../../api/ask.ts';
import { useReading } from '../../api/use-reading.ts';
import { WhenRead } from '../page-frame.tsx';
import { verdictWords } from './verdict-words.ts';

type Verifying =
  | { readonly status: 'idle' | 'busy' }
  | { readonly status: 'done'; readonly verdict: AuditVerdict }
  | { readonly status: 'failed'; readonly problem: UserProblem };

/** How far the log goes, whether anybody has altered it, and what it is proven by. */
export function LogPanel() {
  const state = useReading('/admin/v1/audit/state', {}, { live: ['audit'] });
  const [verifying, setVerifying] = useState<Verifying>({ status: 'idle' });
  const verify = () => {
    setVerifying({ status: 'busy' });
    void act('/admin/v1/audit/verify', {}).then((answer) =>
      setVerifying(
        answer.ok ? { status: 'done', verdict: answer.value } : { status: 'failed', problem: answer.problem },
      ),
    );
  };
  const isBusy = verifying.status === 'busy';
  return (
    <>
      <div className="grid gap-1.5 pe-8">
        <h2 className="text-lg font-semibold">Was the audit altered?</h2>
        <p className="text-mute">
          Computes the hashes of all records again and compares them with everything that the relay has signed.
        </p>
      </div>
      <div>
        <Button look="primary" onClick={verify} disabled={isBusy} aria-busy={isBusy}>
          {isBusy && <LoaderCircle aria-hidden className="spin size-4" />}
          {isBusy ? 'Verifying' : 'Verify all records'}
        </Button>
      </div>
      <div aria-live="polite" className="grid gap-2 empty:hidden">
        {verifying.status === 'failed' && <ProblemCard problem={verifying.problem} />}
        {verifying.status === 'done' &&
          verifying.verdict.logs.map((log) => {
            const { title, text, isWhole } = verdictWords(log);
            const Icon = isWhole ? ShieldCheck : ShieldAlert;
            return (
              <div
                key={log.relay ?? ''}
                className={`flex gap-2.5 rounded-xl border p-3 ${isWhole ? 'border-line' : 'border-bad bg-bad-weak'}`}
              >
                <Icon aria-hidden className={`mt-0.5 size-5 shrink-0 ${isWhole ? 'text-ok' : 'text-bad'}`} />
                <div className="grid min-w-0 gap-0.5">
                  <p className="font-medium break-words">{title}</p>
                  <p className="text-sm break-words text-mute">{text}</p>
                </div>
              </div>
            );
          })}
        {verifying.status === 'done' && (
          <p className="text-xs text-mute">
            Verified <Moment timeMs={verifying.verdict.verifiedAtMs} />, in{' '}
            {(verifying.verdict.tookMs / 1000).toFixed(1)} s.
          </p>
        )}
      </div>
      <WhenRead reading={state} label="the state of the log" rows={3}>
        {({ records, cut, signedUpTo, checkpoint, verifierKey, healthy }) => (
          <>
            <PanelPart title="The log of this relay">
              <p className="flex flex-wrap items-center gap-2">
                <Badge tone={healthy ? 'ok' : 'bad'}>{healthy ? 'written' : 'can’t be written'}</Badge>
                {records.toLocaleString('en')} records, signed up to {signedUpTo.toLocaleString('en')}
              </p>
              {cut > 0 && (
                <p className="text-sm text-mute">
                  Records 1 to {cut.toLocaleString('en')} were cut because of their age.
                </p>
              )}
            </PanelPart>
            <PanelPart title="Verifier key: keep a copy elsewhere, so that a replaced key shows">
              {verifierKey === null ? (
                <p className="text-bad">Missing or malformed: records can’t be verified.</p>
              ) : (
                <span className="flex min-w-0 items-center gap-1">
                  <code className="min-w-0 truncate font-mono text-sm">{verifierKey}</code>
                  <CopyButton text={verifierKey} label="Copy the verifier key" />
                </span>
              )}
            </PanelPart>
            {checkpoint !== '' && (
              <PanelPart title="Newest checkpoint">
                <CopyTextButton text={checkpoint} label="Copy the checkpoint" />
              </PanelPart>
            )}
          </>
        )}
      </WhenRead>
    </>
  );
}
