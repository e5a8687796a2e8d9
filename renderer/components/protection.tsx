import { ShieldAlert, ShieldCheck } from 'lucide-react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState } from '../../shared/snapshot.ts';
import { command } from '../store/commands.ts';
import { Button } from '../../ui/components/button.tsx';
import { PanelPart } from '../../ui/components/side-panel.tsx';
import { Toggle } from '../../ui/components/toggle.tsx';

type Kind = NonNullable<Extract<ConnectionState, { status: 'on' }>['protection']>;

const words: Record<Kind, string> = {
  'peer-user': 'Only your programs: connections of other users of this computer are refused.',
  'access-key': 'Only requests with the header X-Causeway-Key and this API’s key.',
  none: 'Every user of this computer: this system doesn’t tell them apart.',
};

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
    <PanelPart title="Who can use it">
      <p className="flex gap-2 text-sm">
        <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${protection === 'none' ? 'text-warning' : 'text-ok'}`} />
        <span className="min-w-0">
          {words[protection]}
          {keyed && socketPath !== undefined && ' The socket needs no key: only you can open it.'}
        </span>
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="flex items-center gap-2 text-sm">
          <Toggle
            label={`Require a key for ${api.name}`}
            checked={keyed}
            onChange={(wanted) => command('api:set-access-key', { profileId, api: api.id, wanted })}
          />
          <span aria-hidden>Require a key</span>
        </span>
        {keyed && <Button onClick={() => command('api:copy-access-key', { profileId, api: api.id })}>Copy key</Button>}
      </div>
    </PanelPart>
  );
}
