import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** An upstream that signs people in to the connection, in the three messages of NTLM, as IIS does ([MS-NTHT] §3.2). */
export interface NtlmUpstream {
  readonly url: string;
  /** How many connections it has seen. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** Message of the first step. */
export const negotiateMessage = 'NTLM TlRMTVNTUAABAAAA';

/** Message of the third step, in which a person answers the challenge. */
export const authenticateMessage = (person: string): string =>
  `NTLM ${Buffer.from(`answer:${person}`).toString('base64')}`;

/** Starts it on loopback. Signed-in connections answer `hello PERSON #CONNECTION` to whoever asks on them. */
export async function startNtlmUpstream(): Promise<NtlmUpstream> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const connection = connections;
    let person: string | null = null;
    let challenged = false;
    let received = '';
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const say = (status: string, headers: string, body: string): void =>
      void socket.write(`HTTP/1.1 ${status}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    const answer = (head: string): void => {
      const message = /^authorization: *(.+)\r$/im.exec(head)?.[1];
      if (message === negotiateMessage) {
        challenged = true;
        say('401 Unauthorized', 'WWW-Authenticate: NTLM TlRMTVNTUAACAAAA\r\n', 'challenge');
        return;
      }
      const said = /^NTLM (.+)$/.exec(message ?? '')?.[1];
      if (said !== undefined && challenged) person = Buffer.from(said, 'base64').toString().replace('answer:', '');
      challenged = false;
      if (person === null) say('401 Unauthorized', 'WWW-Authenticate: NTLM\r\n', 'who');
      else say('200 OK', 'Persistent-Auth: true\r\n', `hello ${person} #${connection}`);
    };
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      for (let end = received.indexOf('\r\n\r\n'); end !== -1; end = received.indexOf('\r\n\r\n')) {
        const head = received.slice(0, end + 2);
        received = received.slice(end + 4);
        answer(head);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
