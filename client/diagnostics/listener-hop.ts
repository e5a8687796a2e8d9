import { once } from 'node:events';
import { connect } from 'node:net';
import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import { firstPort } from '../listeners/choose-port.ts';
import { openChosenPort } from '../listeners/open-chosen-port.ts';
import { refusalText } from '../listeners/refusal.ts';

const tried = 200;

/** Opens a local port as a connected API would, and calls it. @throws AccessError `port-taken` or a socket's error */
export async function checkListener(): Promise<string> {
  const candidates = Array.from({ length: tried }, (_, index) => firstPort + index);
  const accepted = Promise.withResolvers<void>();
  // It may be turned away before anybody waits for it.
  accepted.promise.catch(() => undefined);
  const { listener } = await openChosenPort(
    { type: 'free', candidates },
    {
      purpose: text('hop.listener.test'),
      onConnection: (socket) => {
        accepted.resolve();
        socket.destroy();
      },
      onRefused: (refusal) => {
        const code = refusal === 'no-descriptors' ? 'too-many-open-files' : 'not-connected';
        accepted.reject(new AccessError(code, refusalText(refusal)));
      },
    },
  );
  const caller = connect(listener.port, '127.0.0.1');
  try {
    await once(caller, 'connect', { signal: AbortSignal.timeout(5_000) });
    await accepted.promise;
    return text('hop.listener.opens', { address: `127.0.0.1:${listener.port}` });
  } finally {
    caller.destroy();
    await listener.close();
  }
}
