import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Environment of processes that tests start. Each relay and command would compile its sources anew, which takes more than
 * half of the processor time of its start; whatever runs first keeps the code for all others (`NODE_COMPILE_CACHE`).
 * @param user whose processes they are: Node takes nothing that others have kept
 */
export const keptCodeOf = (user: number | string): { readonly NODE_COMPILE_CACHE: string } => ({
  NODE_COMPILE_CACHE: join(tmpdir(), `causeway-compiled-${user}`),
});

/** The same for processes of this user. */
export const keptCode = keptCodeOf(process.getuid?.() ?? 'user');
