import { Gauge, type Registry } from 'prom-client';

/** `relay`, or `worker` with its number, and whether an operator drains it. */
export type Drained = readonly (readonly [process: string, isDrained: boolean])[];

/** Says what is drained. @returns sets who says it, whenever somebody asks */
export function gaugedDrains(registry: Registry): (now: () => Drained) => void {
  let drained: () => Drained = () => [];
  new Gauge({
    name: 'causeway_draining',
    help: '1 while an operator drains the relay, or one of its workers alone.',
    labelNames: ['process'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [process, isDrained] of drained()) this.labels(process).set(isDrained ? 1 : 0);
    },
  });
  return (now) => void (drained = now);
}
