import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';

/** Environment variable with how long new local requests wait for a tunnel that is away, in seconds. */
export const waitVariable = 'CAUSEWAY_WAIT_SECONDS';
const longestSeconds = 600;

/** How long new local requests wait where nothing is said, milliseconds. */
export const defaultWaitMs = 10_000;

/** How long new local requests wait, in milliseconds; undefined where nothing is said. @throws AccessError `bad-input` */
export function readWaitMs(env: NodeJS.ProcessEnv): number | undefined {
  const given = env[waitVariable]?.trim() ?? '';
  if (given === '') return undefined;
  const seconds = /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (seconds <= longestSeconds) return seconds * 1000;
  throw new AccessError('bad-input', text('failure.seconds', { name: waitVariable, most: longestSeconds }));
}
