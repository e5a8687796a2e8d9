import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState } from '../../shared/snapshot.ts';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { text } from '../../shared/messages/text.ts';

export interface AddressesProps {
  readonly api: CatalogEntry;
  readonly connection: ConnectionState;
  readonly port: number | null;
}

/** Where an API is: its own port, its name, its Unix socket; each to copy. */
export function Addresses({ api, connection, port }: AddressesProps) {
  if (connection.status !== 'on') {
    return (
      <p className="text-sm text-mute">
        {port === null ? text('api.no-address') : text('api.address-when-on', { address: `127.0.0.1:${port}` })}
      </p>
    );
  }
  const { address, gatewayAddress, socketPath, moved } = connection;
  return (
    <>
      {moved !== undefined && (
        <p className="mb-1.5 text-sm break-words text-mute">{text('api.moved', { why: moved })}</p>
      )}
      <ul className="grid gap-1.5">
        <Address address={address} label={text('api.copy', { address })} api={api} />
        {gatewayAddress !== null && (
          <Address address={gatewayAddress} label={text('api.copy', { address: gatewayAddress })} api={api} />
        )}
        {socketPath !== undefined && (
          <Address
            address={socketPath}
            kind={text('api.socket')}
            label={text('api.socket.copy', { api: api.name })}
            api={api}
          />
        )}
      </ul>
    </>
  );
}

interface AddressProps {
  readonly address: string;
  readonly kind?: string;
  readonly label: string;
  readonly api: CatalogEntry;
}

function Address({ address, kind, label, api }: AddressProps) {
  return (
    <li className="flex min-h-[34px] items-center gap-2 rounded-lg border border-line bg-ground pr-1 pl-2.5 font-mono text-[12.5px]">
      <span className="min-w-0 flex-1 py-1">
        {kind !== undefined && <span className="block font-sans text-xs text-mute">{kind}</span>}
        <span className="block break-all">{address}</span>
      </span>
      <CopyButton text={address} label={label} />
      <span className="sr-only">{text('api.of', { api: api.name })}</span>
    </li>
  );
}
