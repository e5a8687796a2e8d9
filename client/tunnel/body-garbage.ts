import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'minor'; execution: 'sync' }) => void;

const everyBytes = 8_388_608;
let collect: Collect | null = null;
let passedBytes = 0;

/**
 * Tells that bytes have passed through the tunnel. Their buffers are garbage at once, but lie outside V8's heap, whose
 * growth makes V8 mark the whole heap again and again: a third of the time of a bulk transfer. A collection of the
 * young generation every 8 MB (about a millisecond) frees them before V8 looks. It must not find a marking under way,
 * which it would have to complete: from the first 8 MB on, V8 marks in one go or not at all.
 */
export function bytesPassed(bytes: number): void {
  passedBytes += bytes;
  if (passedBytes < everyBytes) return;
  passedBytes = 0;
  collect ??= prepare();
  collect({ type: 'minor', execution: 'sync' });
}

function prepare(): Collect {
  setFlagsFromString('--no-incremental-marking');
  setFlagsFromString('--expose-gc');
  const found = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return found;
}
