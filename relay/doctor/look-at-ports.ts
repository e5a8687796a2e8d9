import { createServer } from 'node:net';
import { failure, fine, type Look, skipped } from './finding.ts';
import type { Patient } from './patient.ts';
import type { RunningRelay } from './running-relay.ts';

/** Whether the relay’s ports can be listened on, or are held by the relay that runs. Listens for an instant to find out. */
export async function lookAtPorts({ loaded }: Patient, running: RunningRelay): Promise<readonly Look[]> {
  const { relay, admin } = loaded.config;
  const places = [
    { name: 'relay.listen', ...relay.listen },
    ...(admin === undefined ? [] : [{ name: 'admin.listen', ...admin.listen }]),
  ];
  return Promise.all(places.map((place) => lookAtPort(place, running)));
}

async function lookAtPort(
  { name, host, port }: { readonly name: string; readonly host: string; readonly port: number },
  running: RunningRelay,
): Promise<Look> {
  const subject = `${name} (${host}:${port})`;
  if (port === 0) return skipped(subject, 'Port 0: any free one.');
  const code = await listenOnce(host, port);
  switch (code) {
    case null:
      return running.status === 'answers'
        ? failure(
            subject,
            'Nothing listens there, though a relay runs.',
            'That relay has another address in force: restart it.',
          )
        : fine(subject, 'It is free.');
    case 'EADDRINUSE':
      return running.status === 'none'
        ? failure(subject, 'Another program has it.', 'Stop that program (ss -ltnp names it), or choose another port.')
        : fine(subject, 'It is held, and a relay runs.');
    case 'EACCES':
      return failure(
        subject,
        'This user may not listen there.',
        'Choose a port of 1024 or more, or give the service CAP_NET_BIND_SERVICE.',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return failure(subject, `${host} isn’t an address of this machine.`, `Correct ${name}.host.`);
    default:
      return failure(subject, `It can’t be listened on (${code}).`, 'Look at the network’s settings.');
  }
}

/** @returns the system’s code when it can’t be listened on; null when it can */
async function listenOnce(host: string, port: number): Promise<string | null> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<string | null>();
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  return promise;
}
