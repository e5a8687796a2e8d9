import { once } from 'node:events';
import { connect } from 'node:net';
import { firstPort } from '../listeners/choose-port.ts';
import { openChosenPort } from '../listeners/open-chosen-port.ts';

const tried = 200;

/** Opens a local port as a connected API would, and calls it. @throws AccessError `port-taken` or a socket's error */
export async function checkListener(): Promise<string> {
  const candidates = Array.from({ length: tried }, (_, index) => firstPort + index);
  const accepted = Promise.withResolvers<void>();
  const { listener } = await openChosenPort(
    { type: 'free', candidates },
    {
      purpose: 'a test',
      onConnection: (socket) => {
        accepted.resolve();
        socket.destroy();
      },
    },
  );
  const caller = connect(listener.port, '127.0.0.1');
  try {
    await once(caller, 'connect', { signal: AbortSignal.timeout(5_000) });
    await accepted.promise;
    return `127.0.0.1:${listener.port} opens and answers`;
  } finally {
    caller.destroy();
    await listener.close();
  }
}
