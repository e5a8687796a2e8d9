import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState } from '../../shared/snapshot.ts';
import { command } from '../store/commands.ts';
import { Toggle } from '../../ui/components/toggle.tsx';
import { text } from '../../shared/messages/text.ts';

/** The one switch of an API: opens or closes its local addresses. */
export function ApiSwitch({
  profileId,
  api,
  connection,
}: {
  profileId: string;
  api: CatalogEntry;
  connection: ConnectionState;
}) {
  return (
    <Toggle
      label={text('apis.connect', { api: api.name })}
      checked={connection.status === 'on' || connection.status === 'opening'}
      busy={connection.status === 'opening'}
      onChange={(on) => command(on ? 'api:connect' : 'api:disconnect', { profileId, api: api.id })}
    />
  );
}
