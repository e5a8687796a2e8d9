const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** All checkpoints of so long ago stay; then the last one of each hour does, and beyond this the last one of each day. */
export const everyCheckpointMs = 2 * dayMs;
export const hourlyCheckpointMs = 60 * dayMs;

/** Of the checkpoints that have the same answer, the last one stays; null: this one stays anyway. Days are those of UTC. */
export function periodOf(timeMs: number, nowMs: number): string | null {
  const ageMs = nowMs - timeMs;
  if (ageMs < everyCheckpointMs) return null;
  return ageMs < hourlyCheckpointMs ? `hour ${Math.floor(timeMs / hourMs)}` : `day ${Math.floor(timeMs / dayMs)}`;
}
