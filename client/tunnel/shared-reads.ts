import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

const bufferBytes = 65_536;
/** What is shorter is copied out; what is longer is passed on in the buffer that it was read into. */
const bulkBytes = 32_768;

/** Where all connections read what is small into, one at a time. */
const shared = Buffer.allocUnsafeSlow(bufferBytes);

/** Windows fills a buffer after it was given out, when other connections may have it, too. */
const canShare = process.platform !== 'win32';

/** A read that V8 counts as memory in use until the next collection: all of Node’s own buffer, however little was read. */
export const countedReadBytes = canShare ? 0 : bufferBytes;

/**
 * An accepted connection, paused, that reads into a buffer which all share; in its place from now on. Node makes 64 KB
 * for each read of an accepted connection, and collecting those would be a fifth of the client’s work. What came is copied
 * out; one that reads in bulk has buffers of its own, which are passed on as they are.
 */
export function withSharedReads(accepted: Socket): Socket {
  const owner = accepted as unknown as { _handle?: object | null };
  const handle = owner._handle ?? null;
  if (!canShare || handle === null) return accepted;
  const options = {
    handle,
    allowHalfOpen: accepted.allowHalfOpen,
    pauseOnCreate: true,
    onread: readsInto((bytes) => socket.push(bytes)),
  };
  // Node gives the way of reading to new connections alone, so the handle goes over to one.
  owner._handle = null;
  const socket: Socket = new Socket(options as unknown as SocketConstructorOpts);
  // Its server counts it until then.
  socket.once('close', () => accepted.destroy());
  return socket;
}

function readsInto(push: (bytes: Buffer) => boolean): OnReadOpts {
  let current = shared;
  let next = shared;
  return {
    buffer: () => (current = next),
    callback(bytes) {
      const data = current.subarray(0, bytes);
      const isOwn = current !== shared;
      if (bytes === bufferBytes || (isOwn && bytes >= bulkBytes)) next = Buffer.allocUnsafeSlow(bufferBytes);
      else next = shared;
      return push(isOwn && bytes >= bulkBytes ? data : Buffer.from(data));
    },
  };
}
