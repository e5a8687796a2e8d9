import { KeyRound } from 'lucide-react';
import type { ConnectionState } from '../../shared/snapshot.ts';
import { command } from '../store/commands.ts';
import { Button } from './button.tsx';

export interface AccessKeyProps {
  readonly profileId: string;
  readonly api: string;
  readonly connection: ConnectionState;
}

/** Where the system can’t tell its users apart: whether requests to the address need a key, and the key to copy. */
export function AccessKey({ profileId, api, connection }: AccessKeyProps) {
  if (connection.status !== 'on') return null;
  const { protection } = connection;
  if (protection !== 'none' && protection !== 'access-key') return null;
  const set = (wanted: boolean) => command('api:set-access-key', { profileId, api, wanted });
  return (
    <div className="grid gap-1.5">
      <p className="flex items-center gap-1.5 text-sm text-mute">
        <KeyRound aria-hidden className="size-4 shrink-0" />
        {protection === 'none'
          ? 'Other users of this computer can use this address too.'
          : 'Requests need the header X-Causeway-Key with this API’s key.'}
      </p>
      <div className="flex flex-wrap gap-2">
        {protection === 'none' && <Button onClick={() => set(true)}>Require a key</Button>}
        {protection === 'access-key' && (
          <>
            <Button onClick={() => command('api:copy-access-key', { profileId, api })}>Copy key</Button>
            <Button look="quiet" onClick={() => set(false)}>
              Stop requiring it
            </Button>
          </>
        )}
      </div>
    </div>
  );
}
