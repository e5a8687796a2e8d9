import { Check, X } from 'lucide-react';
import type { ActivityEntry } from '../../shared/activity.ts';
import type { Catalog } from '../../shared/catalog.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { Button } from '../../ui/components/button.tsx';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { PanelPart, SidePanel } from '../../ui/components/side-panel.tsx';
import { apiName } from '../model/current-profile.ts';
import { formatAbsolute, formatBytes, formatDuration } from '../../ui/model/format.ts';
import { decisionText, requestOutcomeOf, unlockAnswer } from '../model/request-outcome.ts';
import { useApp, useProfile } from '../store/app-store.ts';
import { command } from '../store/commands.ts';

/** One request: why it was allowed or denied, by which rule, and the id to quote. */
export function RequestPanel({
  entry,
  catalog,
  wide,
}: {
  entry: ActivityEntry;
  catalog: Catalog | null;
  wide: boolean;
}) {
  const outcome = requestOutcomeOf(entry);
  const owner = catalog?.apis.find((api) => api.id === entry.api)?.owner;
  const allowed = entry.decision === 'allow';
  const profileId = useProfile()?.id ?? null;
  const close = () => {
    useApp.setState({ selectedRequest: null });
    requestAnimationFrame(() => document.getElementById(`request-${entry.requestId}`)?.focus());
  };
  return (
    <SidePanel title="Request" wide={wide} backTo="Activity" onClose={close}>
      <div className={wide ? 'pr-7' : ''}>
        <h2 className="font-mono text-sm font-semibold break-all">
          {entry.method} {entry.path}
        </h2>
        <p className="mt-1.5 text-sm text-mute">
          <Badge tone={outcome.tone}>{outcome.label}</Badge> {apiName(catalog, entry.api)},{' '}
          <span className="whitespace-nowrap">
            <Moment timeMs={entry.timeMs} />
          </span>
        </p>
      </div>
      <PanelPart title={allowed ? 'Why it was allowed' : 'Why it was denied'}>
        <div className="grid gap-1.5">
          <p className="flex gap-2">
            {allowed ? (
              <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
            ) : (
              <X aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
            )}
            <span className="min-w-0 break-words">{decisionText(entry)}</span>
          </p>
          <p className="text-sm break-words text-mute">{entry.reason}</p>
        </div>
      </PanelPart>
      {!allowed && entry.connections === undefined && (
        <PanelPart title="What would unlock it">
          <p className="break-words">{unlockAnswer(entry)}</p>
          {owner !== undefined && <p className="text-sm break-words text-mute">Ask {owner}.</p>}
          {entry.stepUp !== undefined && profileId !== null && (
            <Button className="mt-2" onClick={() => command('sign-in:step-up', { profileId, api: entry.api })}>
              Sign in again now
            </Button>
          )}
        </PanelPart>
      )}
      <PanelPart title="Numbers">
        <dl className="grid grid-cols-[auto_1fr] gap-x-5 gap-y-1">
          <Fact name="Status" value={entry.status === null ? 'none' : String(entry.status)} />
          <Fact
            name="Duration"
            value={
              entry.connections !== undefined
                ? 'none'
                : entry.durationMs === null
                  ? 'still under way'
                  : formatDuration(entry.durationMs)
            }
          />
          <Fact name="Sent" value={formatBytes(entry.requestBytes)} />
          <Fact name="Received" value={formatBytes(entry.responseBytes)} />
          <Fact name="At" value={formatAbsolute(entry.timeMs)} />
        </dl>
      </PanelPart>
      {entry.connections === undefined && (
        <PanelPart title="Request id">
          <div className="flex items-center gap-2 rounded-lg border border-line bg-ground py-0.5 pr-1 pl-2.5">
            <code className="min-w-0 flex-1 font-mono text-xs break-all">{entry.requestId}</code>
            <CopyButton text={entry.requestId} label="Copy the request id" />
          </div>
          <p className="mt-1.5 text-sm text-mute">Quote it when you ask about this request.</p>
        </PanelPart>
      )}
    </SidePanel>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt className="text-mute">{name}</dt>
      <dd className="tabular-nums">{value}</dd>
    </>
  );
}
