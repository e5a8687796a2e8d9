// Asks one question of docs/audit.md of a PostgreSQL, as `audit list` does, and prints how long that took as one line of JSON.
import { openSharedSource } from '../../relay/audit/shared/shared-source.ts';
import type { PostgresSettings } from '../../relay/storage/postgres/postgres-settings.ts';
import { type Question, questions } from '../audit/questions.ts';

const recordsAPage = 100;

const { storage, question, times } = JSON.parse(process.argv[2] ?? '{}') as {
  storage: PostgresSettings;
  question: Question;
  times: number;
};
const filters = questions[question];
const took: number[] = [];
const before = process.cpuUsage();
let found = 0;
for (let time = 0; time < times; time += 1) {
  const beganMs = performance.now();
  // A connection of its own, as each command has.
  const source = await openSharedSource({ storage });
  await source.requireKnownNames(filters, undefined);
  found = 0;
  for await (const _entry of source.newestFirst(filters)) if (++found >= recordsAPage) break;
  await source.close();
  took.push(performance.now() - beganMs);
}
const used = process.cpuUsage(before);
const sorted = took.toSorted((one, other) => one - other);
console.log(
  JSON.stringify({
    p50Ms: sorted[Math.floor(sorted.length / 2)],
    p99Ms: sorted[Math.ceil(sorted.length * 0.99) - 1],
    found,
    cpuMsPerRequest: (used.user + used.system) / 1000 / times,
    rssMb: process.resourceUsage().maxRSS / 1024,
  }),
);
