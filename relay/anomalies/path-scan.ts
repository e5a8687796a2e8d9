import type { AnomalyRule, RuleParts } from './rule.ts';
import { personKey } from '../identity/person-key.ts';
import { type Decision, ofRequest } from './finding.ts';
import { TimeWindow } from './time-window.ts';

/** Requests whose answer isn't known yet; beyond it, some of the oldest are given up. */
const maxOpen = 50_000;
const givenUpAtOnce = 5000;

/** Many different paths of one API that one person is denied or that the API doesn't find (404, 410) within minutes. */
export function pathScan(parts: RuleParts): AnomalyRule {
  const { emit } = parts;
  const window = new TimeWindow<string>();
  /** A decision, or its line. */
  const open = new Map<string, Decision | string>();
  const remember = (requestId: string, decision: Decision | string): void => {
    if (parts.settings.path_scan === 'off') return open.clear();
    open.set(requestId, decision);
    if (open.size <= maxOpen) return;
    let left = givenUpAtOnce;
    for (const oldest of open.keys()) {
      open.delete(oldest);
      left -= 1;
      if (left === 0) return;
    }
  };
  const missed = (request: Decision, timeMs: number): void => {
    const { path_scan: settings } = parts.settings;
    if (settings === 'off') return;
    const { paths, minutes } = settings;
    const { caller, api, path } = request;
    // Repeated ones mustn't push others out: four times as many as are asked for are looked at.
    const within = { lengthMs: minutes * 60_000, most: paths * 4 };
    const found = window.add(`${personKey(caller)}\n${api}`, timeMs, path, within);
    if (found.length < paths) return;
    const different = new Set(found).size;
    if (different < paths) return;
    const detail = `${different} different paths denied or not found within ${minutes} min, the last one ${path.slice(0, 200)}.`;
    emit({ ...ofRequest('path-scan', request, detail), timeMs });
  };
  return {
    observe(record) {
      if (record.type === 'outcome') {
        const request = open.get(record.requestId);
        open.delete(record.requestId);
        if (request === undefined || (record.status !== 404 && record.status !== 410)) return;
        missed(typeof request === 'string' ? (JSON.parse(request) as Decision) : request, record.timeMs);
      } else if (record.type === 'decision') {
        if (record.effect === 'deny') return missed(record, record.timeMs);
        remember(record.requestId, record);
      }
    },
    observeUsual: remember,
    ended: (requestId) => void open.delete(requestId),
  };
}
