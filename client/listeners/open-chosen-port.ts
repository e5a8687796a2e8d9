import { AccessError } from '../../shared/errors.ts';
import type { PortChoice } from './choose-port.ts';
import { type LoopbackListener, type LoopbackListenerOptions, openLoopbackListener } from './loopback-listener.ts';

/**
 * Opens the listener that was chosen. A free port is found by holding it, never by trying and letting go.
 * @throws AccessError `port-taken` for a fixed port, or when no candidate is free
 */
export async function openChosenPort(
  choice: PortChoice,
  options: Omit<LoopbackListenerOptions, 'port'>,
): Promise<LoopbackListener> {
  if (choice.type === 'fixed') return await openLoopbackListener({ ...options, port: choice.port });
  for (const port of choice.candidates) {
    try {
      return await openLoopbackListener({ ...options, port });
    } catch (error) {
      if (!(error instanceof AccessError) || error.code !== 'port-taken') throw error;
    }
  }
  throw new AccessError('port-taken', 'No port from 7101 to 7999 is free.');
}
