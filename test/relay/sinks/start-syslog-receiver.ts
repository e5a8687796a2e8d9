import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { readSyslogMessage, takeFrames } from './read-syslog.ts';

/** What a receiver does with a connection, instead of reading it to its end. */
export type SyslogTrouble = (socket: TLSSocket) => void;

export interface SyslogReceiver {
  readonly port: number;
  /** Numbers of the records in messages that were read whole, in their order. */
  readonly seqs: readonly number[];
  readonly connections: number;
  close(): void;
}

/** Receives syslog over TLS; the first connections get into trouble, one after the other. */
export async function startSyslogReceiver(
  tls: { readonly cert: string; readonly key: string; readonly ca?: string; readonly requestCert?: boolean },
  troubles: readonly SyslogTrouble[] = [],
): Promise<SyslogReceiver> {
  const seqs: number[] = [];
  const left = [...troubles];
  let connections = 0;
  const server = createServer({ ...tls, rejectUnauthorized: tls.requestCert === true }, (socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    const trouble = left.shift();
    if (trouble !== undefined) {
      trouble(socket);
      return;
    }
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      const { messages, rest } = takeFrames(Buffer.concat([received, chunk]));
      received = Buffer.from(rest);
      for (const message of messages) seqs.push(Number(readSyslogMessage(message).data['seq']));
    });
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => void server.close();
  onTestFinished(close);
  return {
    port: (server.address() as AddressInfo).port,
    seqs,
    get connections() {
      return connections;
    },
    close,
  };
}
