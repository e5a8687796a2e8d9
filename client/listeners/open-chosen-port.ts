import { AccessError } from '../../shared/errors.ts';
import type { PortChoice } from './choose-port.ts';
import { type LoopbackListener, type LoopbackListenerOptions, openLoopbackListener } from './loopback-listener.ts';
import { text } from '../../shared/messages/text.ts';

/** The listener, and why it isn't at the port that was preferred; null when it is, or when none was. */
export interface OpenedPort {
  readonly listener: LoopbackListener;
  readonly moved: AccessError | null;
}

/**
 * Opens the listener that was chosen. A free port is found by holding it, never by trying and letting go.
 * @throws AccessError `port-taken` for a fixed port, or when no candidate is free
 */
export async function openChosenPort(
  choice: PortChoice,
  options: Omit<LoopbackListenerOptions, 'port'>,
): Promise<OpenedPort> {
  if (choice.type === 'free') return { listener: await openFirst(choice.candidates, options), moved: null };
  try {
    return { listener: await openLoopbackListener({ ...options, port: choice.port }), moved: null };
  } catch (error) {
    if (choice.type === 'fixed' || !isTaken(error)) throw error;
    return { listener: await openFirst(choice.candidates, options), moved: error };
  }
}

async function openFirst(
  candidates: readonly number[],
  options: Omit<LoopbackListenerOptions, 'port'>,
): Promise<LoopbackListener> {
  for (const port of candidates) {
    try {
      // Who has one of many isn't told to anybody, and looking for them would take seconds.
      return await openLoopbackListener({ ...options, port, holderOf: () => Promise.resolve(null) });
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  throw new AccessError('port-taken', text('failure.no-free-port'));
}

function isTaken(error: unknown): error is AccessError {
  return error instanceof AccessError && error.code === 'port-taken';
}
