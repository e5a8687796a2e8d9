import { terminalText } from '../../shared/shown-text.ts';
import { isSilent, seeSignals, type SeenTransmitter } from '../administration/see-signals.ts';
import type { TransmitterConfig } from '../config/signals-schema.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import type { AtRelay } from './running-relay.ts';

/** Where what is known of providers is kept, when no relay runs that can be asked. */
export interface SignalsPlace {
  readonly dataDir: string;
  readonly storage: PostgresSettings | undefined;
  readonly transmitters: readonly TransmitterConfig[];
}

export type SignalsCommandOptions = (SignalsPlace | AtRelay) & {
  /** One JSON object a line instead of text. */
  readonly json: boolean;
  readonly write: (text: string) => void;
};

/**
 * Says of each provider that sends events how it fares. Exit code 0; 1 when one can’t be heard, or says that it has stopped.
 * @throws AccessError `shared-state-unavailable`
 */
export async function signalsCommand(options: SignalsCommandOptions): Promise<number> {
  const { json, write } = options;
  const transmitters = await transmittersOf(options);
  if (transmitters.length === 0 && !json) write('The config names no providers that send events, under “signals”.\n');
  for (const transmitter of transmitters)
    write(`${json ? JSON.stringify(transmitter) : terminalText(describe(transmitter))}\n`);
  return transmitters.some(isSilent) ? 1 : 0;
}

async function transmittersOf(options: SignalsCommandOptions): Promise<readonly SeenTransmitter[]> {
  if (!('relay' in options)) return seeSignals(options, options.transmitters);
  const answer = await options.relay.get('/admin/v1/signals');
  return (answer as { readonly transmitters: readonly SeenTransmitter[] }).transmitters;
}

function describe(state: SeenTransmitter): string {
  const when = (ms: number | null): string => (ms === null ? 'never' : new Date(ms).toISOString());
  const words = [
    `${state.name} (${state.ways.join(', ')})`,
    `last event ${when(state.acceptedAtMs)}`,
    `verified ${when(state.verifiedAtMs)}`,
    `${state.accepted} accepted`,
    `${state.acted} acted on`,
    `${state.unknownSubject} of nobody here`,
    `${state.unknownEvent} of unknown kinds`,
    `${state.repeated} repeated`,
    `${state.refused} refused`,
  ];
  if (state.ways.includes('poll')) words.splice(2, 0, `last answer ${when(state.answeredAtMs)}`);
  if (state.stream !== null) words.push(`the stream is ${state.stream}`);
  if (state.error !== null) words.push(`${when(state.errorAtMs)} ${state.error}`);
  return words.join('  ');
}
