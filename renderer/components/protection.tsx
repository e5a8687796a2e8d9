import { ShieldAlert, ShieldCheck } from 'lucide-react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState } from '../../shared/snapshot.ts';
import { command } from '../store/commands.ts';
import { Button } from '../../ui/components/button.tsx';
import { PanelPart } from '../../ui/components/side-panel.tsx';
import { Toggle } from '../../ui/components/toggle.tsx';
import { text } from '../../shared/messages/text.ts';

export interface ProtectionProps {
  readonly profileId: string;
  readonly api: CatalogEntry;
  readonly connection: ConnectionState;
}

/** What keeps other users of the computer from an API's addresses, with the switch for its access key. */
export function Protection({ profileId, api, connection }: ProtectionProps) {
  if (connection.status !== 'on' || connection.protection === undefined) return null;
  const { protection, socketPath } = connection;
  const Icon = protection === 'none' ? ShieldAlert : ShieldCheck;
  const keyed = protection === 'access-key';
  return (
    <PanelPart title={text('api.protection')}>
      <p className="flex gap-2 text-sm">
        <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${protection === 'none' ? 'text-warning' : 'text-ok'}`} />
        <span className="min-w-0">
          {text(`api.protection.${protection}`)}
          {keyed && socketPath !== undefined && ` ${text('api.protection.socket')}`}
        </span>
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="flex items-center gap-2 text-sm">
          <Toggle
            label={text('api.key.require-for', { api: api.name })}
            checked={keyed}
            onChange={(wanted) => command('api:set-access-key', { profileId, api: api.id, wanted })}
          />
          <span aria-hidden>{text('api.key.require')}</span>
        </span>
        {keyed && (
          <Button onClick={() => command('api:copy-access-key', { profileId, api: api.id })}>
            {text('api.key.copy')}
          </Button>
        )}
      </div>
    </PanelPart>
  );
}
