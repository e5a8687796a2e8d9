/**
 * How Node is told to run the relay: a young generation of at most 8 MB a half-space. Left to itself it grows to
 * three times that under load, which costs some 40 MB and gains nothing measurable. Plain JavaScript, because the
 * bootstrap reads it before anything is installed.
 */
export const relayNodeFlags = ['--max-semi-space-size=8'];
