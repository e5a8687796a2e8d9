// npm run bench [-- NAME …] [--json] [--quick] [--rounds N] [--system NAME …]
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { auditQueries } from './audit-queries.ts';
import { app } from './app.ts';
import { auditCost } from './audit-cost.ts';
import { auditWriter } from './audit-writer.ts';
import { audit } from './audit.ts';
import { capacity } from './capacity.ts';
import { connections } from './connections.ts';
import { consoleOfMany } from './console.ts';
import type { Bench } from './figure.ts';
import { http1 } from './http1.ts';
import { identity } from './identity.ts';
import { mainPathCounts } from './main-path-counts.ts';
import { mainPath } from './main-path.ts';
import { metrics } from './metrics.ts';
import { observe } from './observe.ts';
import { packaged } from './package.ts';
import { policy } from './policy.ts';
import { table } from './print-table.ts';
import { scale } from './scale.ts';
import { sinks } from './sinks.ts';
import { storage } from './storage.ts';
import { workers } from './workers.ts';

const benches: Readonly<Record<string, Bench>> = {
  app,
  audit,
  'audit-queries': auditQueries,
  'audit-cost': auditCost,
  'audit-writer': auditWriter,
  capacity,
  'main-path': mainPath,
  'main-path-counts': mainPathCounts,
  connections,
  console: consoleOfMany,
  http1,
  identity,
  metrics,
  observe,
  package: packaged,
  policy,
  scale,
  sinks,
  storage,
  workers,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    system: { type: 'string', multiple: true, default: [] },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const unknown = positionals.filter((name) => benches[name] === undefined);
if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`Usage: npm run bench [-- NAME …] [--json] [--quick] [--rounds N] [--system NAME …]
Benches: ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}

// With --json only figures go to standard output.
const say = (line: string): void => (values.json ? console.error(line) : console.log(line));
say(`${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}`);
process.on('uncaughtException', (error) => {
  console.error(error.message);
  process.exit(1);
});
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  say(`\n${name}`);
  const figures = await bench({ quick: values.quick, rounds, systems: values.system, say });
  if (values.json) for (const figure of figures) console.log(JSON.stringify(figure));
  else console.log(`\n${table(figures)}`);
}
