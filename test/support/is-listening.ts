import { once } from 'node:events';
import { connect } from 'node:net';

/** Whether somebody takes connections at a port of this computer now. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // Refused: exactly what is asked about.
    return false;
  } finally {
    socket.destroy();
  }
}
