import { terminalText } from '../../shared/shown-text.ts';
import type { TransmitterConfig } from '../config/signals-schema.ts';
import { newTransmitter, openSignalStore, type TransmitterState } from '../signals/signal-store.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';

export interface SignalsCommandOptions {
  readonly dataDir: string;
  readonly storage: PostgresSettings | undefined;
  readonly transmitters: readonly TransmitterConfig[];
  /** One JSON object a line instead of text. */
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/**
 * Says of each provider that sends events how it fares, also while the relay runs. Exit code 0; 1 when one can’t be heard, or
 * says that it has stopped.
 * @throws AccessError `shared-state-unavailable`
 */
export async function signalsCommand(options: SignalsCommandOptions): Promise<number> {
  const { transmitters, json, write } = options;
  if (transmitters.length === 0 && !json) write('The config names no providers that send events, under “signals”.\n');
  const known = transmitters.length === 0 ? [] : await statesOf(options);
  let exitCode = 0;
  for (const { name, push, poll } of transmitters) {
    const state = known.find((each) => each.name === name) ?? newTransmitter(name);
    const isSilent = state.error !== null || (state.stream !== null && state.stream !== 'enabled');
    if (isSilent) exitCode = 1;
    const ways = [...(push === undefined ? [] : ['push']), ...(poll === undefined ? [] : ['poll'])];
    write(`${json ? JSON.stringify({ ...state, ways }) : terminalText(describe(state, ways))}\n`);
  }
  return exitCode;
}

async function statesOf({ dataDir, storage }: SignalsCommandOptions): Promise<readonly TransmitterState[]> {
  if (storage === undefined) {
    const store = openSignalStore(dataDir);
    try {
      return await store.states();
    } finally {
      store.close();
    }
  }
  const { openStores } = await import('../stored/open-stores.ts');
  const stores = await openStores(storage);
  try {
    return await stores.signals.states();
  } finally {
    await stores.close();
  }
}

function describe(state: TransmitterState, ways: readonly string[]): string {
  const when = (ms: number | null): string => (ms === null ? 'never' : new Date(ms).toISOString());
  const words = [
    `${state.name} (${ways.join(', ')})`,
    `last event ${when(state.acceptedAtMs)}`,
    `verified ${when(state.verifiedAtMs)}`,
    `${state.accepted} accepted`,
    `${state.acted} acted on`,
    `${state.unknownSubject} of nobody here`,
    `${state.unknownEvent} of unknown kinds`,
    `${state.repeated} repeated`,
    `${state.refused} refused`,
  ];
  if (ways.includes('poll')) words.splice(2, 0, `last answer ${when(state.answeredAtMs)}`);
  if (state.stream !== null) words.push(`the stream is ${state.stream}`);
  if (state.error !== null) words.push(`${when(state.errorAtMs)} ${state.error}`);
  return words.join('  ');
}
