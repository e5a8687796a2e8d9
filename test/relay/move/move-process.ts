import { moveToPostgres } from '../../../relay/move/move-to-postgres.ts';
import { postgresPlace } from '../../support/postgres-place.ts';

// A process of its own, to be killed while it moves: by itself after so much progress, or by the test at any time.
const [, , dataDir = '', address = '', killAfter = ''] = process.argv;
let progress = 0;
const didProgress = (): void => {
  progress += 1;
  if (progress === Number(killAfter)) process.kill(process.pid, 'SIGKILL');
};
process.send?.('moving', () => {
  moveToPostgres({ dataDir, postgres: postgresPlace(address), relay: 'r-1' }, didProgress).then(
    () => process.send?.('done', () => process.exit()),
    (error: unknown) => process.send?.(String(error), () => process.exit(1)),
  );
});
