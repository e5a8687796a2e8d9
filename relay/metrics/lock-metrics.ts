import { Gauge, type Registry } from 'prom-client';

/** A gauge of locks that this relay’s own config spares. @returns sets who counts them, whenever somebody asks */
export function sparedLocksMetric(registry: Registry): (now: () => number) => void {
  let sparedNow = (): number => 0;
  new Gauge({
    name: 'causeway_locks_spared',
    help: 'Locks in force on addresses that this relay’s own config spares, whole or in part.',
    registers: [registry],
    aggregator: 'max',
    collect() {
      this.set(sparedNow());
    },
  });
  return (now) => void (sparedNow = now);
}
