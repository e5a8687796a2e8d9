import type { Logger } from 'pino';
import type { RequestWatcher, WatchedRequest } from '../watch/request-watch.ts';
import type { DebugTarget } from './debug-target.ts';
import { DebuggedRequest } from './debugged-request.ts';

/** Logs the requests of single people or APIs, for as long as somebody wants it. */
export interface DebugRequests {
  readonly watcher: RequestWatcher;
  /** Those that count from now on; nobody's requests cost anything while there are none. */
  replace(targets: readonly DebugTarget[]): void;
}

/** Of each target and process. */
const mostLines = 5000;
const mostLinesPerSecond = 50;

interface Followed {
  readonly target: DebugTarget;
  lines: number;
  leftOut: number;
  second: number;
  inSecond: number;
}

/** @param log written to whatever level the config asks for: somebody has asked for these lines */
export function debugRequests(log: Logger, now: () => number = Date.now): DebugRequests {
  let followed: readonly Followed[] = [];

  const write = (one: Followed, line: object): void => {
    const second = Math.floor(now() / 1000);
    if (one.second !== second) {
      one.second = second;
      one.inSecond = 0;
    }
    if (one.lines >= mostLines || one.inSecond >= mostLinesPerSecond) {
      one.leftOut += 1;
      return;
    }
    one.lines += 1;
    one.inSecond += 1;
    log.child({ debug: one.target.id }, { level: 'info' }).info(line, 'a request that is debugged');
  };

  return {
    watcher(request) {
      if (followed.length === 0) return null;
      const nowMs = now();
      const fitting = followed.filter(({ target }) => nowMs < target.untilMs && isOf(request, target));
      if (fitting.length === 0) return null;
      return new DebuggedRequest(request, (line) => {
        // Which API it is for is known by now.
        for (const one of fitting) if (one.target.api === null || one.target.api === request.api) write(one, line);
      });
    },
    replace(targets) {
      for (const one of followed) {
        if (targets.some(({ id }) => id === one.target.id) || one.leftOut === 0) continue;
        log
          .child({ debug: one.target.id }, { level: 'info' })
          .info({ lines: one.lines, leftOut: one.leftOut }, 'requests that are debugged were too many for the log');
      }
      followed = targets.map(
        (target) =>
          followed.find((one) => one.target.id === target.id) ?? {
            target,
            lines: 0,
            leftOut: 0,
            second: 0,
            inSecond: 0,
          },
      );
    },
  };
}

function isOf({ caller }: WatchedRequest, { person }: DebugTarget): boolean {
  return person === null || caller.username === person || caller.subject === person;
}
