import { catchUp } from '../../../relay/reports/follow-audit.ts';

// A process of its own, to be killed while it counts.
const [, , dataDir = ''] = process.argv;
process.send?.('counting', () => {
  catchUp(dataDir, 25);
  process.send?.('done', () => process.exit());
});
