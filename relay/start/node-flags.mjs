/**
 * How Node is told to run the relay. A young generation of at most 8 MB a half-space: left to itself it grows to three
 * times that under load, for no measurable gain. Its collections are too small to be worth other threads. Plain
 * JavaScript, because the bootstrap reads it before anything is installed.
 */
export const relayNodeFlags = ['--max-semi-space-size=8', '--single-threaded-gc'];
