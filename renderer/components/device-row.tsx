import { Monitor } from 'lucide-react';
import type { Catalog } from '../../shared/catalog.ts';
import type { DeviceSessions } from '../model/device-sessions.ts';
import { addressText, deviceFacts, deviceName, usedApisText } from '../model/session-text.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { Button } from '../../ui/components/button.tsx';
import { ConfirmDialog } from '../../ui/components/confirm-dialog.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { RenameDevice } from './rename-device.tsx';
import { text } from '../../shared/messages/text.ts';
import { richText } from '../model/rich-text.ts';

export interface DeviceRowProps {
  readonly profileId: string;
  readonly device: DeviceSessions;
  readonly catalog: Catalog | null;
  /** On a device that the person hadn't used before. */
  readonly isNew: boolean;
  /** Its sign-ins are being ended. */
  readonly busy: boolean;
  readonly onEnd: () => void;
  readonly onRenamed: () => Promise<void>;
}

/** One other device: what and where it is, what it was used for, and the way to end all sign-ins on it. */
export function DeviceRow({ profileId, device, catalog, isNew, busy, onEnd, onRenamed }: DeviceRowProps) {
  const { lead, sessions, sinceMs, lastUsedAtMs, addresses, apis, isConnected } = device;
  const name = deviceName(lead);
  const address = addressText(addresses);
  const count = sessions.length;
  return (
    <li className="@container border-t border-line first:border-t-0">
      <div className="flex items-start gap-3 px-4 py-3 @max-[430px]:flex-wrap">
        <Monitor aria-hidden className="mt-0.5 size-4 shrink-0 text-faint" />
        <div className="grid min-w-0 flex-1 grid-cols-1 gap-0.5 text-sm text-mute @max-[430px]:basis-[calc(100%-1.75rem)]">
          <h3 className="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-base font-semibold text-text">
            <span className="min-w-0 break-words">{name}</span>
            {isNew && <Badge tone="warning">{text('sessions.new-device')}</Badge>}
            {isConnected && <Badge tone="ok">{text('sessions.connected-now')}</Badge>}
          </h3>
          <p className="break-words">{deviceFacts(lead)}</p>
          <p className="break-words">
            {richText(address === null ? 'sessions.times' : 'sessions.times-from', {
              count,
              since: <Moment timeMs={sinceMs} />,
              used: <Moment timeMs={lastUsedAtMs} />,
              address: address ?? '',
            })}
          </p>
          <p className="break-words">{usedApisText(apis, catalog)}</p>
          <RenameDevice profileId={profileId} session={lead} onRenamed={onRenamed} />
        </div>
        <ConfirmDialog
          trigger={
            <Button
              className="@max-[430px]:ms-7"
              disabled={busy}
              aria-label={busy ? text('sessions.ending', { name }) : text('sessions.end', { name })}
            >
              {busy ? text('sessions.ending.short') : text('app.sign-out')}
            </Button>
          }
          title={text('sessions.end.title', { name })}
          text={text('sessions.end.text', { count })}
          action={text('app.sign-out')}
          onConfirm={onEnd}
        />
      </div>
    </li>
  );
}
