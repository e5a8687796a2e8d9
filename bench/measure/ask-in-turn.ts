import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Keep-alive connections on which a fixed number of requests is made, one at a time on each. */
export interface Askers {
  /** So many requests, shared among the connections; throws when any isn’t answered by 200. */
  ask(requests: number): Promise<void>;
  close(): void;
}

const request = Buffer.from('GET /small HTTP/1.1\r\nHost: HOST\r\nAccept: application/json\r\n\r\n');

/** Opens connections to an address of this computer. */
export async function openAskers(port: number, connections: number): Promise<Askers> {
  const head = Buffer.from(request.toString().replace('HOST', `127.0.0.1:${port}`));
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      await once(socket, 'connect');
      return socket;
    }),
  );
  return {
    async ask(requests) {
      let left = requests;
      await Promise.all(sockets.map((socket) => askOn(socket, head, () => (left -= 1) >= 0)));
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function askOn(socket: Socket, head: Buffer, takes: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const stop = (settle: () => void): void => {
      socket.off('data', onData);
      socket.off('close', onClose);
      settle();
    };
    const next = (): void => {
      if (takes()) socket.write(head);
      else stop(resolve);
    };
    const onClose = (): void => stop(() => reject(new Error('The connection was closed before its answer')));
    const onData = (chunk: Buffer): void => {
      answer += chunk.toString('latin1');
      const body = answer.indexOf('\r\n\r\n') + 4;
      if (body < 4) return;
      const length = Number(/^content-length: (?<length>\d+)/imu.exec(answer)?.groups?.['length'] ?? Number.NaN);
      if (!answer.startsWith('HTTP/1.1 200 ')) stop(() => reject(new Error(answer.slice(0, 200))));
      else if (answer.length >= body + length) {
        answer = '';
        next();
      }
    };
    socket.on('data', onData);
    socket.on('close', onClose);
    // The relay leaves no connection open for long that asks nothing.
    if (socket.destroyed || socket.readableEnded) onClose();
    else next();
  });
}
