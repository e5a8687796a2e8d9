import type { Refusal } from '../exchange/exchange.ts';
import { bodyFits, findApi, headFits, isFromAllowedPage, readPath, takesUpgrade } from './api-gates.ts';
import { hasAccessKey, isListenersHost, isSignedIn } from './caller-gates.ts';
import type { Candidate, Gate, GateParts } from './candidate.ts';
import { isNotLocked } from './lock-gate.ts';
import { hasKnownMethod, hasRoom, isWellFormed, maySwitch, readHeaders, readTarget } from './head-gates.ts';
import { chooseConnections, readFurther, takePlace } from './upstream-gates.ts';

/** The gates that every request of a tunnel passes before policy decides on it, in this order; the first refusal counts. */
export const gates: readonly (readonly [name: string, gate: Gate])[] = [
  ['room in the relay', hasRoom],
  ['known method', hasKnownMethod],
  ['well-formed fields', isWellFormed],
  ['headers', readHeaders],
  ['form of an upgrade', maySwitch],
  ['request target', readTarget],
  ['sign-in in force', isSignedIn],
  ['host of the listener', isListenersHost],
  ['access key', hasAccessKey],
  ['API', findApi],
  ['locks', isNotLocked],
  ['upgrade that the API takes', takesUpgrade],
  ['size of the head', headFits],
  ['page of the browser', isFromAllowedPage],
  ['size of the body', bodyFits],
  ['path', readPath],
  ['connection to the API', chooseConnections],
  ['place among requests under way', takePlace],
  ['further requests', readFurther],
];

/** Takes a request through all gates; null when it has passed, else the refusal of the first that didn't let it. */
export function passGates(candidate: Candidate, parts: GateParts): Refusal | null {
  const { watch } = candidate.exchange;
  for (const [name, gate] of gates) {
    const refusal = gate(candidate, parts);
    if (refusal === null) continue;
    watch?.passedGates(name, refusal.code);
    return refusal;
  }
  watch?.passedGates(null, null);
  return null;
}
