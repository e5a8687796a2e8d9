/** `--expose-gc` makes it global; see relay/node-flags.mjs. */
type Collect = (options: { type: 'minor'; execution: 'sync' }) => void;

const everyBytes = 8_388_608;
const collect = (globalThis as { gc?: Collect }).gc;
let passedBytes = 0;

/**
 * Tells that a part of a body has passed. Its buffer is garbage at once, but it lies outside V8's heap, where V8 lets
 * more than 100 MB of it gather before it looks: a collection of the young generation every 8 MB (under a
 * millisecond) keeps a bulk transfer from growing the process. Does nothing where Node was started without the flag.
 */
export function bodyPassed(bytes: number): void {
  passedBytes += bytes;
  if (passedBytes < everyBytes) return;
  passedBytes = 0;
  collect?.({ type: 'minor', execution: 'sync' });
}
