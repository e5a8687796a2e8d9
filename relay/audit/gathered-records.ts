/** What a record's writer is told: null once it is durable. */
export type Done = (error: Error | null) => void;

/** Records that haven't been sent to the disk yet, as JSON lines. */
export interface GatheredRecords {
  readonly lines: string[];
  readonly dones: Done[];
  bytes: number;
}

export function nothingGathered(): GatheredRecords {
  return { lines: [], dones: [], bytes: 0 };
}

/** Puts all of the one behind the other. */
export function gatherBehind(first: GatheredRecords, then: GatheredRecords): void {
  for (const line of then.lines) first.lines.push(line);
  for (const done of then.dones) first.dones.push(done);
  first.bytes += then.bytes;
}
