import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState } from '../../shared/snapshot.ts';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { text } from '../../shared/messages/text.ts';
import { connectAndCopy } from '../store/connect-and-copy.ts';

export interface AddressesProps {
  readonly profileId: string;
  readonly api: CatalogEntry;
  readonly connection: ConnectionState;
  readonly port: number | null;
}

/** Where an API is: its own port, its name, its Unix socket; each to copy. Grey while it is off: copying switches it on. */
export function Addresses({ profileId, api, connection, port }: AddressesProps) {
  if (connection.status !== 'on') {
    if (port === null) return <p className="text-sm text-mute">{text('api.no-address')}</p>;
    const address = `http://127.0.0.1:${port}`;
    return (
      <ul>
        <Address
          address={address}
          label={text('api.connect-and-copy')}
          api={api}
          isOff
          copyText={async () => (await connectAndCopy(profileId, api.id)) !== null}
        />
      </ul>
    );
  }
  const { address, gatewayAddress, socketPath, moved } = connection;
  return (
    <>
      {moved !== undefined && (
        <p className="mb-1.5 text-sm break-words text-mute">{text('api.moved', { why: moved })}</p>
      )}
      <ul className="grid grid-cols-1 gap-1.5">
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
  readonly isOff?: boolean;
  readonly copyText?: () => Promise<boolean>;
}

function Address({ address, kind, label, api, isOff = false, copyText }: AddressProps) {
  return (
    <li className="flex min-h-[34px] items-center gap-2 rounded-lg border border-line bg-ground ps-2.5 pe-1 text-[12.5px]">
      <span className={`min-w-0 flex-1 py-1 ${isOff ? 'text-faint' : ''}`}>
        {kind !== undefined && <span className="block text-xs text-mute">{kind}</span>}
        <WholeAddress address={address} />
      </span>
      <CopyButton text={address} label={label} {...(copyText === undefined ? {} : { copyText })} />
      <span className="sr-only">{text('api.of', { api: api.name })}</span>
    </li>
  );
}

/** On one line: where there is too little room, the middle is left out, so that beginning and end can be read. */
function WholeAddress({ address }: { address: string }) {
  const cut = Math.max(address.lastIndexOf('/', address.length - 2), address.lastIndexOf(':'));
  return (
    <span title={address} className="flex min-w-0 font-mono whitespace-nowrap">
      <span className="min-w-0 truncate">{address.slice(0, cut)}</span>
      <span className="shrink-0">{address.slice(cut)}</span>
    </span>
  );
}
