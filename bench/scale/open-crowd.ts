import { type BenchProcess, startScript } from '../start-process.ts';
import type { ScaleWorld } from './start-scale-world.ts';

const tunnelsPerProcess = 2500;

/** Opens many tunnels, in processes of their own; `onLine` gets what these print later. */
export async function openCrowd(
  world: ScaleWorld,
  count: number,
  onLine?: (line: Record<string, unknown>) => void,
): Promise<BenchProcess[]> {
  const token = await world.idp.mintAccessToken({ user: 'alice', expiresInSeconds: 3600 });
  const processes: BenchProcess[] = [];
  for (let left = count; left > 0; left -= tunnelsPerProcess) {
    processes.push(
      await startScript(
        'tunnel-crowd',
        { relayUrl: world.relayUrl, ca: world.ca, token, count: Math.min(left, tunnelsPerProcess), atOnce: 20 },
        onLine,
      ),
    );
  }
  return processes;
}

/** Ends them all. */
export async function closeAll(processes: readonly BenchProcess[]): Promise<void> {
  await Promise.all(processes.map((one) => one.close()));
}
