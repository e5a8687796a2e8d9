import type { Logger } from 'pino';
import type { StatePlace } from '../../administration/state-place.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import type { Route } from '../../http/public/route.ts';
import { pollStream } from './poll-stream.ts';
import { createPushRoute } from './push-route.ts';
import { createReceiver, type Receiver } from './receive-set.ts';
import type { SignalStore, TransmitterState } from '../signal-store.ts';
import { openTransmitter, type Transmitter, type TransmitterSettings } from './transmitter.ts';

export interface SignalsOptions {
  readonly transmitters: readonly TransmitterSettings[];
  readonly place: StatePlace;
  /** Opened with the first transmitter. */
  readonly openStore: () => SignalStore;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** Largest token, bytes. */
  readonly maxBytes: number;
  /** Whether events are fetched here, and not by another process of this relay. Default true. */
  readonly polls?: boolean;
  readonly now?: () => number;
  readonly restMs?: number;
}

/** Receives events of providers. */
export interface Signals {
  readonly route: Route;
  /** How transmitters fare, as of some seconds ago. */
  readonly states: readonly TransmitterState[];
  replace(transmitters: readonly TransmitterSettings[]): void;
  close(): Promise<void>;
}

interface OpenTransmitter {
  readonly fingerprint: string;
  readonly transmitter: Transmitter;
  readonly receiver: Receiver;
  close(): Promise<void>;
}

const statesEveryMs = 5000;

/** Opens the ways in that the config names; transmitters that stay as they are go on undisturbed. */
export function startSignals(options: SignalsOptions): Signals {
  const { place, openStore, audit, log, maxBytes, polls = true, now = Date.now, restMs } = options;
  let opened: SignalStore | null = null;
  let states: readonly TransmitterState[] = [];
  let transmitters: ReadonlyMap<string, OpenTransmitter> = new Map();
  const store = (): SignalStore => (opened ??= openStore());

  const open = (settings: TransmitterSettings, fingerprint: string): OpenTransmitter => {
    store();
    const transmitter = openTransmitter(settings, { place, log, now });
    const receiver = createReceiver({ transmitter, store, maxBytes, log, now });
    const polling = polls
      ? pollStream({ transmitter, receiver, store, audit, log, now, ...(restMs === undefined ? {} : { restMs }) })
      : null;
    return {
      fingerprint,
      transmitter,
      receiver,
      async close() {
        await polling?.close();
        transmitter.close();
      },
    };
  };

  const replace = (next: readonly TransmitterSettings[]): readonly OpenTransmitter[] => {
    const before = transmitters;
    transmitters = new Map(
      next.map((settings) => {
        const fingerprint = JSON.stringify(settings);
        const kept = before.get(settings.config.name);
        return [settings.config.name, kept?.fingerprint === fingerprint ? kept : open(settings, fingerprint)];
      }),
    );
    const staying = new Set(transmitters.values());
    return [...before.values()].filter((each) => !staying.has(each));
  };
  replace(options.transmitters);

  const look = async (): Promise<void> => {
    if (opened !== null) states = await opened.states();
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.debug({ err: error }, 'how transmitters fare is looked at later'));
  }, statesEveryMs).unref();

  return {
    route: createPushRoute({
      audit,
      maxBytes,
      find(name) {
        const found = transmitters.get(name);
        return found === undefined
          ? undefined
          : { config: found.transmitter.settings.config, receiver: found.receiver };
      },
    }),
    get states() {
      return states.filter(({ name }) => transmitters.has(name));
    },
    replace(next) {
      for (const gone of replace(next))
        gone.close().catch((error: unknown) => log.warn({ err: error }, 'a transmitter can’t be closed'));
    },
    async close() {
      clearInterval(timer);
      await Promise.all([...transmitters.values()].map((each) => each.close()));
      opened?.close();
    },
  };
}
