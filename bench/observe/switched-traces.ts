import { startTraces as startReal, type Traces, type TracesOptions } from '../../relay/traces/start-traces.ts';
import { inForce } from './looks.ts';

/** The relay’s traces, of the share that is in force; of none, a request isn’t looked at. */
export function startTraces(options: TracesOptions): Traces {
  const ofShare = (ratio: number): Traces =>
    startReal({ ...options, settings: { sampler: { isParentBased: true, ratio } } });
  const [tenth, all] = [ofShare(0.1), ofShare(1)];
  return {
    watcher(request) {
      const { traces } = inForce.looks;
      if (traces === 0) return null;
      return (traces === 1 ? all : tenth).watcher(request);
    },
    async close() {
      await Promise.all([tenth.close(), all.close()]);
    },
  };
}
