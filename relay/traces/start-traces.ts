import type { Logger } from 'pino';
import { knownMethods } from '../config/values/known-methods.ts';
import type { RequestWatcher } from '../watch/request-watch.ts';
import { openTraceSender, type TraceOutcome } from './send-traces.ts';
import { isInShare, randomId, readTraceContext } from './trace-context.ts';
import type { TraceSettings } from './trace-settings.ts';
import { type TraceLabels, TracedRequest, UntracedRequest } from './traced-request.ts';

/** Traces of requests, on their way to a receiver. */
export interface Traces {
  readonly watcher: RequestWatcher;
  close(): Promise<void>;
}

export interface TracesOptions {
  readonly settings: TraceSettings;
  readonly version: string;
  readonly log: Logger;
  /** Whether the config in force has an API of this id: no caller chooses what spans are called. */
  readonly isApi: (id: string) => boolean;
  readonly didEnd: (outcome: TraceOutcome, requests: number) => void;
}

/** Begins to trace: a caller’s trace goes on through the relay to the API, and others begin here. */
export function startTraces({ settings, isApi, ...rest }: TracesOptions): Traces {
  const { isParentBased, ratio } = settings.sampler;
  const sender = openTraceSender(rest);
  const labels: TraceLabels = {
    apiOf: (api) => (api === '' || isApi(api) ? api : 'unknown'),
    methodOf: (method) => (knownMethods.has(method) ? method : '_OTHER'),
  };
  const done = sender.send.bind(sender);
  return {
    watcher(request) {
      const parent = readTraceContext(request.request.rawHeaders);
      const traceId = parent?.traceId ?? randomId(16);
      const isTraced = parent !== null && isParentBased ? parent.isSampled : isInShare(traceId, ratio);
      if (isTraced) return new TracedRequest(request, parent, traceId, labels, done);
      // What isn't traced here passes as it came; where nothing came, the API learns that nobody traces it.
      return parent === null ? new UntracedRequest() : null;
    },
    close: () => sender.close(),
  };
}
