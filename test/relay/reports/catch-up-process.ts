import { catchUp } from '../../../relay/reports/follow-audit.ts';
import { openCounts } from '../../../relay/reports/open-counts.ts';
import { postgresPlace } from '../../support/postgres-place.ts';

// A process of its own, to be killed while it counts.
const [, , dataDir = '', address] = process.argv;
const shared = address === undefined ? null : { postgres: postgresPlace(address), relay: 'r-1' };
const usage = await openCounts({ dataDir, shared });
process.send?.('counting', () => {
  void catchUp(dataDir, usage, 50).then(() => process.send?.('done', () => process.exit()));
});
