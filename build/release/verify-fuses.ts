import { FuseState, FuseV1Options } from '@electron/fuses';
import { fuseSentinel } from '../desktop/stand-in-runtime.ts';
import { fuses } from '../fuses.ts';

/** Of each switch that is set, its place on the wire and whether it is to be on. */
const wanted = Object.entries(fuses).flatMap(([fuse, isOn]) =>
  typeof isOn === 'boolean' && /^\d+$/.test(fuse) ? [[Number(fuse) as FuseV1Options, isOn] as const] : [],
);

/**
 * Looks at the switches inside a program, or inside one of the parts of a program for several processors: each has a wire of its own,
 * and the processor decides which one counts.
 * @param where of which part it is, for the sentences; empty for a whole program
 */
export function wrongFuses(bytes: Buffer, where = ''): readonly string[] {
  const wires = wiresIn(bytes);
  const [wire] = wires;
  if (wire === undefined || wires.length > 1) return [`There are ${wires.length} wires of fuses, not one${where}.`];
  return wanted.flatMap(([fuse, isOn]) =>
    wire[fuse] === (isOn ? FuseState.ENABLE : FuseState.DISABLE)
      ? []
      : [`The fuse ${FuseV1Options[fuse]} isn’t ${isOn ? 'on' : 'off'}${where}.`],
  );
}

/** The letters of each wire: behind its mark stand its version and how many there are. */
function wiresIn(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = bytes.indexOf(fuseSentinel, 0, 'latin1'); at >= 0; at = bytes.indexOf(fuseSentinel, at + 1, 'latin1')) {
    const start = at + fuseSentinel.length + 2;
    found.push(bytes.subarray(start, start + (bytes[start - 1] ?? 0)));
  }
  return found;
}
