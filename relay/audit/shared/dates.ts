/** Days since 1970 as PostgreSQL writes a date: 2026-01-31. */
export function dateOf(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

/** Days since 1970 of a date as PostgreSQL writes it. */
export function dayOf(date: string): number {
  return Date.parse(date) / 86_400_000;
}

/** Hashes of 32 bytes each, one after the other. */
export function splitHashes(bytes: Uint8Array): Buffer[] {
  const all = Buffer.from(bytes);
  return Array.from({ length: all.length / 32 }, (_, index) => all.subarray(index * 32, index * 32 + 32));
}
