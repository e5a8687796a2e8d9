import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Environment of processes that tests start. Each relay and command would compile its sources anew, which takes more than
 * half of the processor time of its start; whatever runs first keeps the code for all others (`NODE_COMPILE_CACHE`).
 */
export const keptCode = { NODE_COMPILE_CACHE: join(tmpdir(), `causeway-compiled-${process.getuid?.() ?? 'user'}`) };
