// Loaded by Node (`--import`) before a program whose counts are asked for: answers each line at the Unix socket that
// CAUSEWAY_COUNTS names with one of JSON. Of worker threads it knows nothing.
import { type Profiler, Session } from 'node:inspector';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { isMainThread } from 'node:worker_threads';
import { getHeapStatistics } from 'node:v8';

interface HeapSamples {
  readonly profile: { readonly samples: readonly { readonly size: number }[] };
}

const session = new Session();

/** What V8 says of all that it has allocated; the declared type doesn’t know it yet. */
function allocatedBytes(): number {
  const { total_allocated_bytes: bytes } = getHeapStatistics() as unknown as { total_allocated_bytes?: number };
  if (bytes === undefined) throw new Error('This Node doesn’t say how much it has allocated');
  return bytes;
}

const samplingUs = 200;

/**
 * Share of collections in what the thread has done, by samples: on a machine whose other programs hold up all of it, a
 * collection’s own time would be far too long.
 */
function collectionShare({ nodes, samples = [] }: Profiler.Profile): number {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
  const busy = samples.map((id) => names.get(id)).filter((name) => name !== '(idle)');
  return busy.filter((name) => name === '(garbage collector)').length / busy.length;
}

/** Every object is a sample, also those that are gone by the end. */
const everyObject = {
  samplingInterval: 1,
  stackDepth: 1,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
};

const commands: Readonly<Record<string, (reply: (answer: unknown) => void) => void>> = {
  allocated: (reply) => reply(allocatedBytes()),
  'count-objects': (reply) => session.post('HeapProfiler.startSampling', everyObject, () => reply(null)),
  objects: (reply) =>
    session.post('HeapProfiler.stopSampling', (error, result) => {
      const samples = error === null ? (result as unknown as HeapSamples).profile.samples : [];
      reply({ count: samples.length, bytes: samples.reduce((sum, { size }) => sum + size, 0) });
    }),
  'watch-collections': (reply) => {
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: samplingUs });
    session.post('Profiler.start', () => reply(null));
  },
  collections: (reply) => session.post('Profiler.stop', (_error, { profile }) => reply(collectionShare(profile))),
};

const { CAUSEWAY_COUNTS: socketPath } = process.env;
if (isMainThread && socketPath !== undefined) {
  session.connect();
  const server = createServer((socket) => {
    createInterface({ input: socket }).on('line', (line) =>
      commands[line]?.((answer) => socket.write(`${JSON.stringify(answer)}\n`)),
    );
    socket.on('error', () => socket.destroy());
    socket.unref();
  });
  server.listen(socketPath).unref();
}
