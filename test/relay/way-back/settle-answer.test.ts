import { expect, test } from 'vitest';
import { type Ending, settleAnswer } from '../../../relay/way-back/settle-answer.ts';

const moments = {
  'before the request went': { headSent: false, begun: false },
  'before an answer': { headSent: false, begun: true },
  'within an answer': { headSent: true, begun: true },
  'within an answer of the relay’s own': { headSent: true, begun: false },
} as const;

test.each<[ending: Ending, moment: keyof typeof moments, settled: string]>([
  ['broke-off', 'before the request went', 'problem completed'],
  ['broke-off', 'before an answer', 'problem unknown'],
  ['broke-off', 'within an answer', 'cut aborted'],
  ['broke-off', 'within an answer of the relay’s own', 'cut aborted'],
  ['timed-out', 'before the request went', 'problem completed'],
  ['timed-out', 'before an answer', 'problem unknown'],
  ['timed-out', 'within an answer', 'cut aborted'],
  ['timed-out', 'within an answer of the relay’s own', 'cut aborted'],
  ['failed', 'before the request went', 'problem completed'],
  ['failed', 'before an answer', 'problem unknown'],
  ['failed', 'within an answer', 'cut aborted'],
  ['failed', 'within an answer of the relay’s own', 'cut aborted'],
  ['refused', 'before the request went', 'problem completed'],
  ['refused', 'before an answer', 'problem completed'],
  ['refused', 'within an answer', 'cut aborted'],
  ['refused', 'within an answer of the relay’s own', 'cut aborted'],
  ['caller-gone', 'before the request went', 'nothing aborted'],
  ['caller-gone', 'before an answer', 'nothing unknown'],
  ['caller-gone', 'within an answer', 'nothing aborted'],
  ['caller-gone', 'within an answer of the relay’s own', 'nothing aborted'],
  ['whole', 'before the request went', 'rest completed'],
  ['whole', 'before an answer', 'rest completed'],
  ['whole', 'within an answer', 'rest completed'],
  ['whole', 'within an answer of the relay’s own', 'rest completed'],
])('%s %s: %s', (ending, moment, settled) => {
  const { caller, outcome } = settleAnswer(ending, moments[moment]);
  expect(`${caller} ${outcome}`).toBe(settled);
});
