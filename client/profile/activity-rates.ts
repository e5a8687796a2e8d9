/** Requests per second and their mean duration over the last seconds; null when none has ended. */
export interface ActivityRate {
  readonly requestsPerSecond: number;
  readonly latencyMs: number | null;
}

/** How fast requests come, by API. */
export interface ActivityRates {
  /** `begun` requests have begun, and one has ended after `durationMs`, unless that is null. */
  add(api: string, begun: number, durationMs: number | null, nowMs: number): void;
  /** So many have begun and ended, and took `totalMs` together. */
  addMany(api: string, count: number, totalMs: number, nowMs: number): void;
  rate(api: string, nowMs: number): ActivityRate;
  /** Whether any request came within the window of `rate`, so that rates are changing. */
  isLively(nowMs: number): boolean;
  clear(): void;
}

interface Second {
  second: number;
  begun: number;
  ended: number;
  totalMs: number;
}

const windowSeconds = 5;

/** See {@link ActivityRates}. */
export function createActivityRates(): ActivityRates {
  const seconds = new Map<string, Second[]>();
  let lastMs = Number.NEGATIVE_INFINITY;

  function count(api: string, begun: number, ended: number, totalMs: number, nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    const known = (seconds.get(api) ?? []).filter((item) => item.second > second - windowSeconds);
    let current = known.at(-1);
    if (current?.second !== second) {
      current = { second, begun: 0, ended: 0, totalMs: 0 };
      known.push(current);
    }
    current.begun += begun;
    current.ended += ended;
    current.totalMs += totalMs;
    seconds.set(api, known);
    lastMs = nowMs;
  }

  return {
    add: (api, begun, durationMs, nowMs) => count(api, begun, durationMs === null ? 0 : 1, durationMs ?? 0, nowMs),
    addMany: (api, many, totalMs, nowMs) => count(api, many, many, totalMs, nowMs),
    rate(api, nowMs) {
      const from = Math.floor(nowMs / 1000) - windowSeconds;
      const recent = (seconds.get(api) ?? []).filter((item) => item.second > from);
      const sum = (key: 'begun' | 'ended' | 'totalMs'): number => recent.reduce((total, item) => total + item[key], 0);
      const ended = sum('ended');
      return {
        requestsPerSecond: sum('begun') / windowSeconds,
        latencyMs: ended === 0 ? null : sum('totalMs') / ended,
      };
    },
    isLively: (nowMs) => nowMs - lastMs < (windowSeconds + 1) * 1000,
    clear() {
      seconds.clear();
      lastMs = Number.NEGATIVE_INFINITY;
    },
  };
}
