import { moveToPostgres } from '../../../relay/move/move-to-postgres.ts';
import { postgresPlace } from '../../support/postgres-place.ts';

// A process of its own, to be killed while it moves.
const [, , dataDir = '', address = ''] = process.argv;
process.send?.('moving', () => {
  moveToPostgres({ dataDir, postgres: postgresPlace(address), relay: 'r-1' }, () => undefined).then(
    () => process.send?.('done', () => process.exit()),
    (error: unknown) => process.send?.(String(error), () => process.exit(1)),
  );
});
