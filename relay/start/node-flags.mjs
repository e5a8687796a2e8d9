/**
 * How Node is told to run the relay. What a request leaves behind outlives collections of a small young generation, for
 * its outcome waits up to 25 ms for others: half-spaces of 8 MB cost 6 % of a busy relay’s time and stalls of 24 ms in
 * which the old generation is marked, those of 32 MB under 2 % (docs/performance.md). Its collections are too small to
 * be worth other threads. Plain JavaScript, because the bootstrap reads it before anything is installed.
 */
export const relayNodeFlags = ['--max-semi-space-size=32', '--single-threaded-gc'];
