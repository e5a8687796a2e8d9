import '../programs/lower-priority.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { type AuditReader, openAuditReader } from './audit-reader.ts';
import { createFileTarget } from './file-target.ts';
import { createPostgresTarget } from './postgres-target.ts';
import { retryDelayMs } from './retry-delay.ts';
import { type Shipping, startShipping } from './ship-records.ts';
import { openSinkCursors } from './sink-cursors.ts';
import type { FromSinkThread, SinkThreadData, ToSinkThread } from './sink-messages.ts';
import type { SinkSettings } from './sink-settings.ts';
import type { SinkTarget } from './sink-target.ts';
import { createSyslogTarget } from './syslog-target.ts';
import { createWebhookTarget } from './webhook-target.ts';

interface OpenSink {
  readonly settings: SinkSettings;
  readonly shipping: Shipping;
  readonly target: SinkTarget;
}

function createTarget({ place, timeoutMs }: SinkSettings, reader: AuditReader): SinkTarget {
  switch (place.kind) {
    case 'file':
      return createFileTarget(place);
    case 'webhook':
      return createWebhookTarget(place, timeoutMs);
    case 'syslog':
      return createSyslogTarget(place, timeoutMs);
    case 'postgres':
      return createPostgresTarget(place, reader, timeoutMs);
  }
}

/** The thread of all sinks: reading, signing and sending happen here, away from requests. */
function runThread(port: NonNullable<typeof parentPort>, data: SinkThreadData): void {
  const tell = (message: FromSinkThread): void => port.postMessage(message);
  const reader = openAuditReader(data.dataDir);
  const cursors = openSinkCursors(data.dataDir);
  let sinks: OpenSink[] = [];

  const open = (settings: SinkSettings): OpenSink => {
    const target = createTarget(settings, reader);
    const shipping = startShipping(settings, {
      reader,
      cursors,
      target,
      now: Date.now,
      didShorten: () => tell({ type: 'shortened', sink: settings.name }),
      retryDelay: (attempts, askedMs) => retryDelayMs(attempts, askedMs, Math.random),
      say: (level, message, details) =>
        tell({ type: 'log', level, message, details: { sink: settings.name, ...details } }),
    });
    return { settings, shipping, target };
  };

  /**
   * Sinks that stay as they are go on undisturbed. Files are opened anew, for those who move them away by themselves, and
   * a receiver that wanted no more is asked once more.
   */
  const replace = async (next: readonly SinkSettings[]): Promise<void> => {
    const isKept = ({ settings, shipping }: OpenSink): boolean =>
      settings.place.kind !== 'file' &&
      shipping.isWanted &&
      next.some((other) => JSON.stringify(other) === JSON.stringify(settings));
    const kept = sinks.filter(isKept);
    const gone = sinks.filter((sink) => !isKept(sink));
    await Promise.all(gone.map(({ shipping }) => shipping.stop()));
    await Promise.all(gone.map(({ target }) => target.close()));
    const keptNames = new Set(kept.map(({ settings }) => settings.name));
    sinks = [...kept, ...next.filter(({ name }) => !keptNames.has(name)).map(open)];
  };

  const finish = async (withinMs: number): Promise<void> => {
    await Promise.all(sinks.map(({ shipping }) => shipping.finish(withinMs)));
    await Promise.all(sinks.map(({ target }) => target.close()));
    cursors.close();
    reader.close();
    tell({ type: 'finished' });
    port.close();
  };

  let work = replace(data.sinks);
  port.on('message', (message: ToSinkThread) => {
    work = work.then(() => (message.type === 'replace' ? replace(message.sinks) : finish(message.withinMs)));
  });
}

if (parentPort === null) throw new Error('sink-thread.ts runs only as a worker thread.');
runThread(parentPort, workerData as SinkThreadData);
