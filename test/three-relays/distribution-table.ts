import type { Reach } from './measure-reach.ts';

const shares = [0, 0.5, 0.95, 1] as const;
const names = ['least', 'median', '95 %', 'most'] as const;

/** One line for each measured thing: how often, and how long it took. */
export function distributionTable(reaches: readonly Reach[]): string {
  const header = `${'milliseconds until'.padEnd(36)}${['times', ...names].map((name) => name.padStart(8)).join('')}`;
  const lines = reaches.map(({ what, ms }) => {
    const sorted = ms.toSorted((one, other) => one - other);
    const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
    const cells = [String(ms.length), ...shares.map((share) => at(share).toFixed(0))];
    return `${what.padEnd(36)}${cells.map((cell) => cell.padStart(8)).join('')}`;
  });
  return [header, ...lines].join('\n');
}
