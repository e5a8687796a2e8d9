import type { TransmitterConfig } from '../config/signals-schema.ts';
import { newTransmitter, openSignalStore, type TransmitterState } from '../signals/signal-store.ts';
import type { StatePlace } from './state-place.ts';

/** How a provider that sends events fares, and how its events come. */
export interface SeenTransmitter extends TransmitterState {
  readonly ways: readonly ('push' | 'poll')[];
}

/**
 * How the providers of the config that send events fare, in its order; also while the relay runs.
 * @throws AccessError `shared-state-unavailable`
 */
export async function seeSignals(
  place: Pick<StatePlace, 'dataDir' | 'storage'>,
  transmitters: readonly TransmitterConfig[],
): Promise<readonly SeenTransmitter[]> {
  const known = transmitters.length === 0 ? [] : await statesIn(place);
  return transmitters.map(({ name, push, poll }) => ({
    ...(known.find((each) => each.name === name) ?? newTransmitter(name)),
    ways: [...(push === undefined ? [] : ['push' as const]), ...(poll === undefined ? [] : ['poll' as const])],
  }));
}

/** Whether it can’t be heard now, or says that it has stopped. Pure. */
export function isSilent({ error, stream }: TransmitterState): boolean {
  return error !== null || (stream !== null && stream !== 'enabled');
}

async function statesIn({
  dataDir,
  storage,
}: Pick<StatePlace, 'dataDir' | 'storage'>): Promise<readonly TransmitterState[]> {
  if (storage === undefined) {
    const store = openSignalStore(dataDir);
    try {
      return await store.states();
    } finally {
      store.close();
    }
  }
  // Loaded only where relays share a storage.
  const { openStores } = await import('../stored/open-stores.ts');
  const stores = await openStores(storage);
  try {
    return await stores.signals.states();
  } finally {
    await stores.close();
  }
}
