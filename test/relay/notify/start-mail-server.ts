import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';

/** A mail that was accepted. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly isSecure: boolean;
  /** Head and body as they came. */
  readonly source: string;
}

export interface MailServer {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Recipients that were named, accepted or not. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** What the server refuses; undefined answers accept. */
export interface MailScript {
  readonly onRecipient?: (address: string, attempt: number) => Error | undefined;
  readonly onContent?: (attempt: number) => Error | undefined;
}

/** PEM of a certificate for loopback, its key, and its authority. */
export async function mailCertificates(): Promise<{ cert: string; key: string; ca: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-mail-'));
  try {
    const { ca, certPath, keyPath } = await makeDemoCertificates(folder);
    return { ca, cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The failure of an SMTP command, with its answer’s code. */
export function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** Starts a mail server on loopback that knows `relay` with the password `letters`. */
export async function startMailServer(options: SMTPServerOptions = {}, script: MailScript = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const asked: string[] = [];
  let contents = 0;
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, callback) =>
      username === 'relay' && password === 'letters'
        ? callback(null, { user: username })
        : callback(smtpError(535, 'wrong password')),
    onRcptTo({ address }, _session, callback) {
      asked.push(address);
      callback(script.onRecipient?.(address, asked.filter((other) => other === address).length) ?? null);
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('error', (error) => callback(error));
      stream.once('end', () => {
        contents += 1;
        const refusal = script.onContent?.(contents);
        if (refusal === undefined) {
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            user: session.user,
            isSecure: session.secure,
            source: Buffer.concat(chunks).toString(),
          });
        }
        callback(refusal ?? null);
      });
    },
    ...options,
  });
  // Clients that break off are what some tests are about.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    asked,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Starts a server that talks as `talk` does, for what no honest server says. */
export async function startRawServer(
  talk: (socket: Socket) => void,
): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    talk(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
