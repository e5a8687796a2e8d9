import type { OnReadOpts, Socket } from 'node:net';

const bufferBytes = 65_536;
/** What is shorter is copied out; what is longer is passed on in the buffer that it was read into. */
const bulkBytes = 32_768;

/** Where all connections read their small answers into, one at a time. */
const shared = Buffer.allocUnsafeSlow(bufferBytes);

/** Windows fills a buffer after it was given out, when other connections may have it, too: there each has its own. */
const canShare = process.platform !== 'win32';

/**
 * How one connection reads. Node makes 64 KB for each read, however little comes, and V8 counts that as memory in use
 * until the next collection: a relay of small answers would mark its whole heap several times a second. So a connection
 * reads into a buffer that all share, and what came is copied out of it. Once it reads in bulk it has buffers of its
 * own, which are passed on as they are.
 * @param socketOf the connection, which is there before its first byte
 */
export function sharedReads(socketOf: () => Socket): OnReadOpts {
  const small = canShare ? shared : Buffer.allocUnsafeSlow(bufferBytes);
  let current = small;
  let next = small;
  return {
    buffer: () => (current = next),
    callback(bytes) {
      const data = current.subarray(0, bytes);
      const isOwn = current !== small;
      if (bytes === bufferBytes || (isOwn && bytes >= bulkBytes)) next = Buffer.allocUnsafeSlow(bufferBytes);
      else next = small;
      return socketOf().push(isOwn && bytes >= bulkBytes ? data : Buffer.from(data));
    },
  };
}
