import type { CatalogEntry } from '../../shared/catalog.ts';
import type { CauseFacts } from '../../shared/cause.ts';
import type { ConnectionState } from '../../shared/snapshot.ts';
import { connectionText } from '../model/connection-text.ts';
import { addressHost } from '../model/relay-address.ts';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { useNow } from '../../ui/components/use-now.ts';
import { text } from '../../shared/messages/text.ts';

const tones = { quiet: 'text-faint', warning: 'text-warning', bad: 'text-bad' } as const;

export interface ConnectionLineProps {
  readonly connection: ConnectionState;
  readonly port: number | null;
  readonly profile: CauseFacts;
  readonly api: CatalogEntry;
}

/** Address and how it is doing, at the right of a row. */
export function ConnectionLine({ connection, port, profile, api }: ConnectionLineProps) {
  const now = useNow();
  const { text: state, tone } = connectionText(connection, profile, port, api, now);
  return (
    <div className="w-[182px] shrink-0 text-end @max-[430px]:hidden">
      {connection.status === 'on' && (
        <div className="flex items-center h-[20px] justify-end font-mono text-[12.5px]">
          {addressHost(connection.address)}
          <CopyButton text={connection.address} label={text('apis.copy-address', { api: api.name })} />
        </div>
      )}
      <div className={`line-clamp-2 pe-1.5 text-xs text-balance tabular-nums ${tones[tone]}`} title={state}>
        {state}
      </div>
    </div>
  );
}
