import type { AppUpdate } from '../../shared/app-update.ts';
import { downloadedPercent, updateLine, updateNotes } from '../../shared/app-update-text.ts';
import { text } from '../../shared/messages/text.ts';
import { Button } from '../../ui/components/button.tsx';
import { presentBeside } from '../../ui/components/clock.ts';
import { PartTitle } from '../../ui/components/fact-list.tsx';
import { SettingRow } from '../../ui/components/setting-row.tsx';
import { minuteMs, useNow } from '../../ui/components/use-now.ts';
import { formatBytes, formatRelative } from '../../ui/model/format.ts';
import { command } from '../store/commands.ts';

/** What is known of newer ones, and what the person can do about it. */
export function AppUpdatePart({ update }: { update: AppUpdate }) {
  return (
    <section>
      <PartTitle>{text('updates.title')}</PartTitle>
      <div className="overflow-hidden rounded-xl border border-line bg-panel">
        <UpdateRow update={update} />
        {update.state.status === 'downloading' && <Progress state={update.state} />}
        <WhatsNew update={update} />
      </div>
    </section>
  );
}

function UpdateRow({ update }: { update: AppUpdate }) {
  const { state, installed, channel, checkedAtMs, isRequired } = update;
  const nowMs = useNow(minuteMs);
  const isFailure = state.status === 'failed';
  const checked =
    checkedAtMs === null || state.status === 'off'
      ? ''
      : text('updates.checked', { time: formatRelative(checkedAtMs, presentBeside(checkedAtMs, nowMs)) });
  const line = isFailure ? checked : `${updateLine(update)} ${checked}`;
  return (
    <SettingRow
      name={text('updates.version', { version: installed })}
      text={(state.status === 'off' ? line : text('updates.channel', { channel, line })).trim()}
      problem={isFailure ? updateLine(update) : isRequired ? text('updates.required') : null}
    >
      <Actions state={state} isRequired={isRequired} />
    </SettingRow>
  );
}

function Actions({ state, isRequired }: Pick<AppUpdate, 'state' | 'isRequired'>) {
  switch (state.status) {
    case 'off':
    case 'checking':
    case 'downloading':
    case 'installing':
      return null;
    case 'current':
      return <Button onClick={() => command('update:check')}>{text('updates.check')}</Button>;
    case 'failed':
      return <Button onClick={() => command('update:check')}>{text('updates.try-again')}</Button>;
    case 'offered':
      return (
        <Button look="primary" onClick={() => command('update:download')}>
          {text('updates.download')}
        </Button>
      );
    case 'ready':
      return (
        <span className="flex flex-wrap gap-2">
          {!isRequired && <Button onClick={() => command('update:later')}>{text('updates.later')}</Button>}
          <Button look="primary" onClick={() => command('update:restart')}>
            {text('updates.restart')}
          </Button>
        </span>
      );
  }
}

function Progress({ state }: { state: Extract<AppUpdate['state'], { status: 'downloading' }> }) {
  const { offer, receivedBytes } = state;
  const percent = downloadedPercent(state);
  return (
    <div className="flex flex-wrap items-center gap-3 border-t border-line px-4 py-3">
      <progress
        aria-label={text('updates.progress', { version: offer.version })}
        value={percent}
        max={100}
        className="h-2 min-w-40 flex-1 accent-accent-fill"
      />
      <span className="text-sm text-mute tabular-nums">
        {text('updates.received', { received: formatBytes(receivedBytes), size: formatBytes(offer.sizeBytes) })}
      </span>
    </div>
  );
}

function WhatsNew({ update }: { update: AppUpdate }) {
  const found = updateNotes(update);
  if (found === null || update.state.status === 'failed') return null;
  return (
    <div className="border-t border-line px-4 py-3">
      <h3 className="font-medium">{text('updates.whats-new', { version: found.version })}</h3>
      <p className="text-sm break-words whitespace-pre-line text-mute">{found.notes}</p>
    </div>
  );
}
