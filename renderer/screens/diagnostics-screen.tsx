import { ArrowLeft, CircleAlert, CircleCheck, CircleMinus } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { DiagnosticReport, Hop } from '../../shared/diagnostics.ts';
import type { UserProblem } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { PartTitle } from '../../ui/components/fact-list.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { ScrollPage } from '../../ui/components/scroll-page.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import { formatDuration } from '../../ui/model/format.ts';
import { ConnectionFacts } from '../components/connection-facts.tsx';
import { DiagnosticFactList } from '../components/diagnostic-fact-list.tsx';
import { ProblemCard } from '../components/problem-card.tsx';
import { diagnosticsBundle } from '../model/diagnostics-bundle.ts';
import { ask, notifyProblem } from '../store/commands.ts';

type Look =
  | { readonly status: 'looking' }
  | { readonly status: 'done'; readonly report: DiagnosticReport }
  | { readonly status: 'failed'; readonly problem: UserProblem };

/**
 * Each step between this computer and the APIs, with its verdict; what fails says what to do. `onBack` where there is no
 * sidebar to leave it by.
 */
export function DiagnosticsScreen({ profile, onBack }: { profile: ProfileSnapshot; onBack?: () => void }) {
  const [look, setLook] = useState<Look>({ status: 'looking' });
  const [round, setRound] = useState(0);
  const [showsBundle, setShowsBundle] = useState(false);
  useEffect(() => {
    let left = false;
    void ask('diagnostics:run', { profileId: profile.id }).then((result) => {
      if (!left)
        setLook(result.ok ? { status: 'done', report: result.value } : { status: 'failed', problem: result.problem });
      return result.ok;
    });
    return () => {
      left = true;
    };
  }, [profile.id, round]);
  const lookAgain = () => {
    setLook({ status: 'looking' });
    setRound(round + 1);
  };
  return (
    <ScrollPage>
      <ScreenHeader
        title={text('diagnostics.title')}
        actions={
          <div className="flex flex-wrap gap-2">
            {onBack !== undefined && (
              <Button look="quiet" onClick={onBack}>
                <ArrowLeft aria-hidden className="size-4" /> {text('app.back')}
              </Button>
            )}
            <Button disabled={look.status === 'looking'} onClick={lookAgain}>
              {text('app.look-again')}
            </Button>
          </div>
        }
      >
        {text('diagnostics.intro', { relay: profile.relayName })}
      </ScreenHeader>
      {look.status === 'looking' && <SkeletonList label={text('diagnostics.looking')} />}
      {look.status === 'failed' && (
        <ProblemCard problem={look.problem} profile={profile} onDiagnose={null}>
          <Button onClick={lookAgain}>{text('app.look-again')}</Button>
        </ProblemCard>
      )}
      {look.status === 'done' && (
        <div className="grid grid-cols-1 gap-6">
          <HopList hops={look.report.hops} profile={profile} />
          <section>
            <PartTitle>{text('diagnostics.details')}</PartTitle>
            <div className="grid gap-3">
              <ConnectionFacts profile={profile} />
              <DiagnosticFactList report={look.report} />
            </div>
          </section>
          <section>
            <PartTitle>{text('diagnostics.bundle')}</PartTitle>
            <p className="mb-2 text-sm text-mute">{text('diagnostics.bundle.text')}</p>
            {showsBundle ? (
              <Bundle report={look.report} />
            ) : (
              <Button onClick={() => setShowsBundle(true)}>{text('diagnostics.bundle.show')}</Button>
            )}
          </section>
        </div>
      )}
    </ScrollPage>
  );
}

function HopList({ hops, profile }: { hops: readonly Hop[]; profile: ProfileSnapshot }) {
  const failed = hops.find(({ status }) => status === 'failed');
  return (
    <section>
      <PartTitle>{text('diagnostics.steps')}</PartTitle>
      <output className="mb-2 block font-medium">
        {failed === undefined
          ? text('diagnostics.all-well')
          : text('diagnostics.fails', { step: text(`diagnostics.hop.${failed.hop}`) })}
      </output>
      <ol className="overflow-hidden rounded-xl border border-line bg-panel">
        {hops.map((hop) => (
          <HopRow key={hop.hop} hop={hop} profile={profile} />
        ))}
      </ol>
    </section>
  );
}

const marks = {
  ok: { Icon: CircleCheck, tone: 'text-ok' },
  failed: { Icon: CircleAlert, tone: 'text-bad' },
  skipped: { Icon: CircleMinus, tone: 'text-faint' },
} as const;

function HopRow({ hop, profile }: { hop: Hop; profile: ProfileSnapshot }) {
  const { Icon, tone } = marks[hop.status];
  return (
    <li className="grid grid-cols-1 gap-2 border-t border-line px-4 py-2.5 first:border-t-0">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <Icon aria-hidden className={`size-4 shrink-0 self-center ${tone}`} />
        <span className="min-w-0 flex-1 basis-40 font-medium break-words">{text(`diagnostics.hop.${hop.hop}`)}</span>
        <span className={`text-sm ${tone}`}>{text(`diagnostics.${hop.status}`)}</span>
        {hop.tookMs > 0 && <span className="text-sm text-faint tabular-nums">{formatDuration(hop.tookMs)}</span>}
        {hop.status !== 'failed' && <p className="w-full ps-7 text-sm break-words text-mute">{hop.detail}</p>}
      </div>
      {hop.status === 'failed' && <ProblemCard problem={hop.problem} profile={profile} onDiagnose={null} />}
    </li>
  );
}

function Bundle({ report }: { report: DiagnosticReport }) {
  const bundle = diagnosticsBundle(report);
  const save = () => {
    void ask('diagnostics:save', { bundle }).then((result) => {
      if (!result.ok) notifyProblem(result.problem);
      return result.ok;
    });
  };
  return (
    <div className="grid grid-cols-1 justify-items-start gap-2">
      <pre
        // A long text that scrolls is reached by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable region (WCAG 2.1.1)
        tabIndex={0}
        aria-label={text('diagnostics.bundle')}
        className="max-h-80 w-full overflow-auto rounded-xl border border-line bg-panel p-3 font-mono text-xs break-all whitespace-pre-wrap"
      >
        {bundle}
      </pre>
      <Button look="primary" onClick={save}>
        {text('diagnostics.bundle.save')}
      </Button>
    </div>
  );
}
