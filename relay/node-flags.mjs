/**
 * How Node is told to run the relay. A young generation of at most 8 MB a half-space: left to itself it grows to three
 * times that under load, for no measurable gain. Its collections are too small to be worth other threads. And they can
 * be asked for, see relay/upstream/body-garbage.ts; one that finds a marking under way has to complete it, which took
 * half the time of a bulk transfer, so marking comes in one go. Plain JavaScript, because the bootstrap reads it before anything
 * is installed.
 */
export const relayNodeFlags = [
  '--max-semi-space-size=8',
  '--single-threaded-gc',
  '--no-incremental-marking',
  '--expose-gc',
];
