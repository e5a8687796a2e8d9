import { it } from 'vitest';
import { isFirstTime } from './first-time.ts';

it('survives the second time only', () => {
  if (isFirstTime('crashing')) process.kill(process.pid, 'SIGKILL');
});
