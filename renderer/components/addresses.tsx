import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState } from '../../shared/snapshot.ts';
import { CopyButton } from '../../ui/components/copy-button.tsx';

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
        {port === null ? 'Connect to get an address.' : `Connect to use it at 127.0.0.1:${port}.`}
      </p>
    );
  }
  const { address, gatewayAddress, socketPath, moved } = connection;
  return (
    <>
      {moved !== undefined && (
        <p className="mb-1.5 text-sm break-words text-mute">{moved} So it has another port this time.</p>
      )}
      <ul className="grid gap-1.5">
        <Address text={address} label={`Copy ${address}`} api={api} />
        {gatewayAddress !== null && <Address text={gatewayAddress} label={`Copy ${gatewayAddress}`} api={api} />}
        {socketPath !== undefined && (
          <Address text={socketPath} kind="Unix socket" label={`Copy the socket’s path of ${api.name}`} api={api} />
        )}
      </ul>
    </>
  );
}

function Address({ text, kind, label, api }: { text: string; kind?: string; label: string; api: CatalogEntry }) {
  return (
    <li className="flex min-h-[34px] items-center gap-2 rounded-lg border border-line bg-ground pr-1 pl-2.5 font-mono text-[12.5px]">
      <span className="min-w-0 flex-1 py-1">
        {kind !== undefined && <span className="block font-sans text-xs text-mute">{kind}</span>}
        <span className="block break-all">{text}</span>
      </span>
      <CopyButton text={text} label={label} />
      <span className="sr-only">of {api.name}</span>
    </li>
  );
}
