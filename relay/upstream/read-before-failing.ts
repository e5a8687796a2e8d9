import type { Socket } from 'node:net';

type Done = (error?: Error | null) => void;

/** What has arrived before the peer gave up is in the system’s buffer: reading it takes no time that depends on the peer. */
const longestMs = 1000;

/**
 * Lets a socket be read to its end before a failed write makes it fail. An upstream that doesn’t want a large body answers
 * and closes; Node would give up the socket at the first write after that, with the answer unread. The end of what can
 * be read is then the failure, never a proper end: a cut answer without a length would look whole (RFC 9112 §8).
 */
export function readBeforeFailing(socket: Socket): void {
  let fail: (() => void) | null = null;

  const hold =
    (done: Done): Done =>
    (error) => {
      if (error === undefined || error === null || socket.destroyed || !socket.readable) return done(error);
      const timer = setTimeout(() => fail?.(), longestMs);
      socket.once('close', () => clearTimeout(timer));
      fail = () => {
        fail = null;
        done(error);
      };
    };

  const write = socket._write.bind(socket);
  const writeMany = socket._writev?.bind(socket);
  const push = socket.push.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, hold(done));
  if (writeMany !== undefined) socket._writev = (chunks, done) => writeMany(chunks, hold(done));
  socket.push = (chunk, encoding) => {
    if (chunk !== null || fail === null) return push(chunk, encoding);
    fail();
    return false;
  };
}
