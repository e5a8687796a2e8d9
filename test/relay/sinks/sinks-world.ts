import { onTestFinished } from 'vitest';
import type { AuditLog, AuditRecord } from '../../../relay/audit/audit-record.ts';
import { type AuditReader, openAuditReader } from '../../../relay/sinks/audit-reader.ts';
import { createFileTarget } from '../../../relay/sinks/file-target.ts';
import { createPostgresTarget } from '../../../relay/sinks/postgres-target.ts';
import { type Shipping, startShipping } from '../../../relay/sinks/ship-records.ts';
import { openSinkCursors, type SinkCursor } from '../../../relay/sinks/sink-cursors.ts';
import type { SinkPlace, SinkSettings } from '../../../relay/sinks/sink-settings.ts';
import type { SinkTarget } from '../../../relay/sinks/sink-target.ts';
import { createSyslogTarget } from '../../../relay/sinks/syslog-target.ts';
import { createWebhookTarget } from '../../../relay/sinks/webhook-target.ts';
import { append, decision } from '../audit/audit-fixtures.ts';

export const webhookSecret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

/** Settings with which tests don't wait. */
export function sinkSettings(place: SinkPlace, given: Partial<SinkSettings> = {}): SinkSettings {
  return {
    name: 'siem',
    place,
    selection: {},
    startAt: 'beginning',
    batchRecords: 500,
    batchBytes: 1_048_576,
    gatherMs: 0,
    timeoutMs: 1000,
    lagWarnMs: 300_000,
    ...given,
  };
}

export function filePlace(path: string, given: Partial<Extract<SinkPlace, { kind: 'file' }>> = {}): SinkPlace {
  return { kind: 'file', path, rotateBytes: 1_000_000_000, keep: 3, ...given };
}

function targetOf({ place, timeoutMs }: SinkSettings, reader: AuditReader): SinkTarget {
  if (place.kind === 'postgres') return createPostgresTarget(place, reader, timeoutMs);
  if (place.kind === 'file') return createFileTarget(place);
  return place.kind === 'webhook' ? createWebhookTarget(place, timeoutMs) : createSyslogTarget(place, timeoutMs);
}

/** A sink at work on the audit of a folder, in this process and with short waits. */
export interface OpenSink extends Shipping {
  readonly said: readonly string[];
  /** How many records went shortened. */
  readonly shortened: () => number;
  readonly waits: readonly (readonly [attempts: number, askedMs: number | undefined])[];
  cursor(): SinkCursor | undefined;
  /** Resolves once a cursor fits. */
  until(fits: (cursor: SinkCursor) => boolean): Promise<SinkCursor>;
}

/** Begins to send from `dataDir`, whose audit is open. */
export function openSink(dataDir: string, settings: SinkSettings, now: () => number = Date.now): OpenSink {
  const reader = openAuditReader(dataDir);
  const cursors = openSinkCursors(dataDir);
  const said: string[] = [];
  const waits: [number, number | undefined][] = [];
  let shortened = 0;
  const waiting = new Set<() => void>();
  const told = {
    ...cursors,
    put(name: string, cursor: SinkCursor) {
      cursors.put(name, cursor);
      for (const look of waiting) look();
    },
  };
  const target = targetOf(settings, reader);
  const shipping = startShipping(settings, {
    reader,
    cursors: told,
    target,
    now,
    didShorten: () => void (shortened += 1),
    say: (level, message) => said.push(`${level}: ${message}`),
    retryDelay: (attempts, askedMs) => {
      waits.push([attempts, askedMs]);
      return 10;
    },
  });
  onTestFinished(async () => {
    await shipping.stop();
    await target.close();
    cursors.close();
    reader.close();
  });
  const cursor = (): SinkCursor | undefined => cursors.get(settings.name);
  return {
    get isWanted() {
      return shipping.isWanted;
    },
    finish: (withinMs) => shipping.finish(withinMs),
    stop: () => shipping.stop(),
    said,
    shortened: () => shortened,
    waits,
    cursor,
    until: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = cursor();
          if (found === undefined || !fits(found)) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Appends decisions `r1` … and waits until all are on disk. */
export async function appendDecisions(audit: AuditLog, count: number, given: Partial<AuditRecord> = {}): Promise<void> {
  const all = Array.from({ length: count }, (_, index) =>
    append(audit, { ...decision(`r${index + 1}`), timeMs: Date.now(), ...given } as AuditRecord),
  );
  for (const error of await Promise.all(all)) if (error !== null) throw error;
}

/** Numbers from 1. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
