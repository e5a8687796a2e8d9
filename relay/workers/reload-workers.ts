import type { LoadedConfig } from '../config/load-config.ts';
import type { WorkerSlot } from './worker-slot.ts';

/** Puts configs in force on all workers. */
export interface Reloads {
  /** Resolves when all running workers have it in force, with null; or with the reason of one that refused. */
  reload(config: LoadedConfig): Promise<string | null>;
  heard(generation: number, version: number, refused: string | null): void;
  /** A worker that has ended gets the newest config at its next start. */
  ended(generation: number): void;
}

export function createReloads(slots: () => readonly Pick<WorkerSlot, 'isRunning' | 'generation' | 'post'>[]): Reloads {
  let version = 0;
  let awaited = new Set<number>();
  let reason: string | null = null;
  let finish: (() => void) | null = null;
  let underWay: Promise<unknown> = Promise.resolve();

  const settle = (generation: number): void => {
    awaited.delete(generation);
    if (awaited.size === 0) finish?.();
  };
  const broadcast = async (config: LoadedConfig): Promise<string | null> => {
    version += 1;
    reason = null;
    const running = slots().filter((slot) => slot.isRunning);
    awaited = new Set(running.map(({ generation }) => generation));
    const done = new Promise<void>((resolve) => (finish = resolve));
    for (const slot of running) slot.post({ type: 'reload', version, config });
    if (awaited.size > 0) await done;
    finish = null;
    return reason;
  };

  return {
    reload(config) {
      const result = underWay.then(() => broadcast(config));
      underWay = result;
      return result;
    },
    heard(generation, answered, refused) {
      if (answered !== version) return;
      reason ??= refused;
      settle(generation);
    },
    ended: settle,
  };
}
