import { Gauge, type Registry } from 'prom-client';
import { signalCounts, type TransmitterState } from '../signals/signal-store.ts';

/** Says how providers that send events fare, by their names in the config. */
export function signalMetrics(registry: Registry): (now: () => readonly TransmitterState[]) => void {
  const registers = [registry];
  let statesNow: () => readonly TransmitterState[] = () => [];
  new Gauge({
    name: 'causeway_signals',
    help: 'Tokens and events of providers, by what became of them, as the relay remembers.',
    labelNames: ['transmitter', 'outcome'],
    registers,
    aggregator: 'max',
    collect() {
      this.reset();
      for (const state of statesNow())
        for (const what of signalCounts) this.labels(state.name, outcomes[what]).set(state[what]);
    },
  });
  new Gauge({
    name: 'causeway_signals_failing',
    help: '1 while the last thing that a provider sent was refused, or its events can’t be fetched.',
    labelNames: ['transmitter'],
    registers,
    aggregator: 'max',
    collect() {
      this.reset();
      for (const { name, error } of statesNow()) this.labels(name).set(error === null ? 0 : 1);
    },
  });
  return (now) => void (statesNow = now);
}

const outcomes = {
  accepted: 'accepted',
  repeated: 'repeated',
  refused: 'refused',
  acted: 'acted',
  unknownSubject: 'unknown-subject',
  unknownEvent: 'unknown-event',
} as const;
