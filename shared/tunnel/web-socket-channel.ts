import type { Multiplexer } from './multiplexer.ts';
import type { MessageChannel } from './multiplexer-options.ts';

/** What of a WebSocket (the package `ws`) a channel needs. */
interface BinarySocket {
  readonly readyState: number;
  readonly OPEN: number;
  readonly bufferedAmount: number;
  send(message: Uint8Array, options: { binary: boolean; compress: boolean }, onSent: () => void): void;
}

/** The channel of either end: binary messages, never compressed; the multiplexer learns when they are on their way. */
export function webSocketChannel(socket: BinarySocket, multiplexer: Multiplexer): MessageChannel {
  const options = { binary: true, compress: false };
  const onSent = (): void => multiplexer.didDrain();
  return {
    send(message) {
      if (socket.readyState === socket.OPEN) socket.send(message, options, onSent);
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
  };
}
