import { parseArgs } from 'node:util';
import { startRelaysBehindBalancer, untilStatus } from '../three-relays/relays-behind-balancer.ts';
import { startCrowd } from './crowd.ts';
import { formerVersion, openOtherVersion } from './other-version.ts';
import { rollRelays, wordsOf } from './roll.ts';

// `npm run rolling-upgrade`: relays of a former commit, PostgreSQL, Redis and a balancer serve a crowd; one after the other
// becomes this version. Exit code 1 when a request failed. `--back` goes the other way; `--readiness PATH` is what the
// balancer asks, for versions that lack the usual one.
const { values: options } = parseArgs({
  options: {
    from: { type: 'string' },
    relays: { type: 'string', default: '2' },
    programs: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '5' },
    back: { type: 'boolean', default: false },
    readiness: { type: 'string', default: '/readyz/node' },
  },
});
const other = openOtherVersion(options.from ?? formerVersion());
const [first, second] = options.back ? [undefined, other.mainPath] : [other.mainPath, undefined];
const world = await startRelaysBehindBalancer({
  count: Number(options.relays),
  started: false,
  drainSeconds: 10,
  readiness: options.readiness,
});
try {
  for (const relay of world.relays) {
    await world.start(relay, first);
    // The balancer sees it some time after it is ready.
    await untilStatus(world, relay, 200);
    await untilStatus(world, { ...relay, name: world.balancer.name, port: world.port }, 200);
  }
  console.log(
    `${options.relays} relays, ${world.hasRedis ? 'PostgreSQL and Redis' : 'PostgreSQL'}, ${world.balancer.name}`,
  );
  console.log(`${options.back ? 'To' : 'From'} ${other.name}`);
  const crowd = await startCrowd({
    relayUrl: `https://127.0.0.1:${world.port}`,
    ca: world.ca,
    users: ['alice', 'bob', 'carol', 'dana'],
    programs: Number(options.programs),
  });
  const report = await rollRelays(world, crowd, {
    ...(second === undefined ? {} : { mainPath: second }),
    stepMs: Number(options.seconds) * 1000,
    say: (line) => console.log(line),
  });
  console.log(`In ${report.seconds.toFixed(0)} s: ${wordsOf(report.counts)}. Audits: ${report.audits.join(', ')}.`);
  process.exitCode = report.counts.failed.size === 0 && report.audits.every((status) => status === 'ok') ? 0 : 1;
} finally {
  await world.close();
  other.close();
}
