import { Check, X } from 'lucide-react';
import { type ActivityEntry, hasFailed } from '../../shared/activity.ts';
import type { Catalog } from '../../shared/catalog.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { Button } from '../../ui/components/button.tsx';
import { CopyButton, CopyTextButton } from '../../ui/components/copy-button.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { PanelPart, SidePanel } from '../../ui/components/side-panel.tsx';
import { apiName } from '../model/current-profile.ts';
import { formatAbsolute, formatBytes, formatDuration } from '../../ui/model/format.ts';
import { decisionText, requestOutcomeOf, unlockAnswer } from '../model/request-outcome.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { requestMessage, rolesForAll, rolesToAskFor } from '../model/access-request.ts';
import { ownRequestsAt } from '../model/request-list.ts';
import { askForAccess, selectApi, showScreen, useApp, useProfile } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { text } from '../../shared/messages/text.ts';
import { reasonsText } from '../../shared/reason-text.ts';

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
  const api = catalog?.apis.find(({ id }) => id === entry.api);
  const owner = api?.owner;
  const allowed = entry.decision === 'allow';
  const profile = useProfile();
  const profileId = profile?.id ?? null;
  const offered = askable(entry, catalog, profile);
  const close = () => {
    useApp.setState({ selectedRequest: null });
    requestAnimationFrame(() => document.getElementById(`request-${entry.requestId}`)?.focus());
  };
  return (
    <SidePanel title={text('activity.request')} wide={wide} backTo={text('shell.screen.activity')} onClose={close}>
      <div className={wide ? 'pe-7' : ''}>
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
      <PanelPart title={text(`activity.why.${entry.decision}`)}>
        <div className="grid gap-1.5">
          <p className="flex gap-2">
            {allowed ? (
              <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
            ) : (
              <X aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
            )}
            <span className="min-w-0 break-words">{decisionText(entry)}</span>
          </p>
          <p className="text-sm break-words text-mute">
            {entry.connections === undefined
              ? (reasonsText(entry.reasons) ?? text('activity.relay-says', { reason: entry.reason }))
              : entry.reason}
          </p>
        </div>
      </PanelPart>
      {!allowed && entry.connections === undefined && (
        <PanelPart title={text('activity.unlock')}>
          <p className="break-words">{unlockAnswer(entry)}</p>
          {owner !== undefined && (
            <p className="text-sm break-words text-mute">{text('activity.ask-owner', { owner })}</p>
          )}
          {entry.stepUp !== undefined && profileId !== null && (
            <Button className="mt-2" onClick={() => command('sign-in:step-up', { profileId, api: entry.api })}>
              {text('step-up.now')}
            </Button>
          )}
          {offered && (
            <Button className="mt-2" onClick={() => askForAccess(entry.api)}>
              {text('access.ask')}
            </Button>
          )}
          {!offered && entry.stepUp === undefined && api !== undefined && profile !== null && (
            <div className="mt-2">
              <CopyTextButton
                label={text('access.copy-message')}
                text={requestMessage({ ...api, unlockedBy: entry.unlockedBy }, catalog, profile.relayName)}
              />
            </div>
          )}
        </PanelPart>
      )}
      {entry.connections !== undefined && api !== undefined && (
        <Button className="justify-self-start" onClick={() => selectApi(entry.api)}>
          {text('notices.step-up.action')}
        </Button>
      )}
      {hasFailed(entry) && (
        <PanelPart title={text('problem-action.what-to-do')}>
          <p className="break-words">
            {text(`problem.${entry.outcome === 'completed' ? 'upstream-unreachable' : 'outcome-unknown'}.hint`)}
          </p>
          {owner !== undefined && (
            <p className="text-sm break-words text-mute">{text('activity.ask-owner', { owner })}</p>
          )}
          <Button className="mt-2" onClick={() => showScreen('diagnostics')}>
            {text('problem-action.diagnose')}
          </Button>
        </PanelPart>
      )}
      <PanelPart title={text('activity.numbers')}>
        <dl className="grid grid-cols-[auto_1fr] gap-x-5 gap-y-1">
          <Fact
            name={text('activity.status')}
            value={entry.status === null ? text('activity.no-value') : String(entry.status)}
          />
          <Fact
            name={text('activity.duration')}
            value={
              entry.connections !== undefined
                ? text('activity.no-value')
                : entry.durationMs === null
                  ? text('activity.under-way')
                  : formatDuration(entry.durationMs)
            }
          />
          <Fact name={text('activity.sent')} value={formatBytes(entry.requestBytes)} />
          <Fact name={text('activity.received')} value={formatBytes(entry.responseBytes)} />
          <Fact name={text('activity.at')} value={formatAbsolute(entry.timeMs)} />
        </dl>
      </PanelPart>
      {entry.connections === undefined && (
        <PanelPart title={text('activity.id')}>
          <div className="flex items-center gap-2 rounded-lg border border-line bg-ground py-0.5 pe-1 ps-2.5">
            <code className="min-w-0 flex-1 font-mono text-xs break-all">{entry.requestId}</code>
            <CopyButton text={entry.requestId} label={text('activity.id.copy')} />
          </div>
          <p className="mt-1.5 text-sm text-mute">{text('activity.id.text')}</p>
        </PanelPart>
      )}
    </SidePanel>
  );
}

/** Whether a role that would have allowed it can be asked for, and wasn’t yet. */
function askable(
  { api: id, decision, stepUp, unlockedBy }: ActivityEntry,
  catalog: Catalog | null,
  profile: ProfileSnapshot | null,
): boolean {
  const api = catalog?.apis.find((each) => each.id === id);
  if (decision !== 'deny' || stepUp !== undefined || api === undefined) return false;
  const waits = ownRequestsAt(profile?.requests, id, 0).some(({ status }) => status === 'pending');
  const roles = [...rolesToAskFor(api, catalog), ...rolesForAll(api, catalog)];
  return !waits && roles.some(({ role }) => unlockedBy.includes(role));
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt className="text-mute">{name}</dt>
      <dd className="tabular-nums">{value}</dd>
    </>
  );
}
