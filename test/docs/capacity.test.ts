import { expect, test } from 'vitest';
import { capacityRows } from '../../bench/capacity/capacity-table.ts';
import { capacityFor } from '../../bench/capacity/model.ts';
import type { NodeFigures } from '../../bench/capacity/node-figures.ts';
import { readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/capacity.md');
const measured = tableIn(sectionOf(page, '## What one relay takes')).map(
  ({ figure = '', value }) => [figure.replaceAll('`', ''), Number(value)] as const,
);
const figures = Object.fromEntries(measured) as unknown as NodeFigures;
const written = tableIn(sectionOf(page, '## What that makes'));

test.each(written.map((row) => [row['people'] ?? '', row] as const))(
  'for %s people the page says what the model makes of its figures',
  (people, row) => {
    expect(row).toEqual(capacityRows(capacityFor(Number(people.replaceAll(',', '')), figures)));
  },
);

test('the page has a company of each size', () => {
  expect(written.map(({ people }) => people)).toEqual(['50', '5,000', '100,000']);
});

test('twice the people need twice of everything but what a node is for itself', () => {
  const [one, two] = [capacityFor(20_000, figures), capacityFor(40_000, figures)];
  for (const what of [
    'tunnels',
    'peakRequestsPerSecond',
    'peakCpu',
    'peakBitsPerSecond',
    'diskBytes',
    'sharedBytes',
  ] as const)
    expect(two[what] / one[what]).toBeCloseTo(2, 5);
});

test('the smallest company has a node to spare, too', () => {
  expect(capacityFor(1, figures).nodes).toBe(2);
});
