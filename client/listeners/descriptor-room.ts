import type { Socket } from 'node:net';

/** How much room an accepted connection leaves for what else needs a file descriptor: the tunnel, files, names. */
export type DescriptorRoom = 'enough' | 'little' | 'none';

const leastReserved = 8;
const mostReserved = 32;

interface UserLimits {
  readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } };
}

let known: number | undefined;

/** How many files and connections this system lets the process have at a time; Infinity where it doesn't say. */
export function descriptorLimit(): number {
  if (known !== undefined) return known;
  // Without the network's part, whose names the report would look up.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as UserLimits;
  const soft = Number(report.userLimits?.open_files?.soft);
  known = Number.isInteger(soft) && soft > 0 ? soft : Number.POSITIVE_INFINITY;
  return known;
}

/**
 * The system gives out the lowest free descriptor, so a high one means that the table is nearly full. When it is full,
 * libuv closes new connections without a word, and nothing else can be opened; so some are kept back.
 */
export function roomBeside(socket: Socket, limit = descriptorLimit()): DescriptorRoom {
  const descriptor = (socket as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd ?? -1;
  const reserved = Math.max(leastReserved, Math.min(mostReserved, Math.floor(limit / 8)));
  if (descriptor < limit - reserved) return 'enough';
  return descriptor < limit - reserved / 2 ? 'little' : 'none';
}
