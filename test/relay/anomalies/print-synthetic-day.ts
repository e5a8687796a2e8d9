import { parseArgs } from 'node:util';
import { syntheticDay } from './synthetic-day.ts';

// node test/relay/anomalies/print-synthetic-day.ts --seed 1 --requests 1000000 --people 2000

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    requests: { type: 'string', default: '1000000' },
    people: { type: 'string', default: '2000' },
  },
});
const { seed, requests, people } = values;
const result = syntheticDay({ seed: Number(seed), requests: Number(requests), people: Number(people) });
const { records, recordsPerSecond, incidents, found, missed, falseAlarms } = result;
const lines = [
  `seed ${seed}: ${records} records of a day, ${people} people, ${recordsPerSecond} records/s`,
  '',
  'rule               planted  found  false alarms',
];
for (const rule of new Set([...incidents, ...falseAlarms].map((one) => one.rule))) {
  const count = (all: readonly { readonly rule: string }[]): string =>
    String(all.filter((one) => one.rule === rule).length);
  lines.push(
    `${rule.padEnd(17)}  ${count(incidents).padStart(7)}  ${count(found).padStart(5)}  ${count(falseAlarms).padStart(12)}`,
  );
}
lines.push(
  `${'together'.padEnd(17)}  ${String(incidents.length).padStart(7)}  ${String(found.length).padStart(5)}  ${String(falseAlarms.length).padStart(12)}`,
  '',
);
for (const { rule, about } of missed) lines.push(`missed: ${rule} of ${about}`);
for (const { rule, person, remoteAddress, detail } of falseAlarms)
  lines.push(`false alarm: ${rule}, ${person?.username ?? remoteAddress}: ${detail}`);
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = missed.length === 0 && falseAlarms.length <= 5 ? 0 : 1;
