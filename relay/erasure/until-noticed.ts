/** Longer than readers go on with a key that they have read. */
export const untilNoticedMs = 150;
