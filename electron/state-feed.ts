import type { ConnectionState, Snapshot } from '../shared/snapshot.ts';
import { diffState, type StateAt, type StatePatch, type StateStep } from '../shared/state-patch.ts';

export interface StateFeedOptions {
  readonly snapshot: () => Snapshot;
  readonly send: (step: StateStep) => void;
  readonly now?: () => number;
}

/** The main process' state on its way to the window. */
export interface StateFeed {
  /** The state has changed; what the window gets of it comes with the next frame, or when it can be seen again. */
  didChange(): void;
  /** The whole state as it was sent last, to which later steps lead; while it is looked at, as it is now. */
  read(): StateAt;
  /** Whether anybody looks. While nobody does, nothing is compared, sent or timed. */
  watch(isVisible: boolean): void;
  close(): void;
}

const frameMs = 16;
/** What figures that change by themselves may take, in characters, on the long run and at once. */
const liveCharactersPerSecond = 16_000;
const mostLiveCharacters = 16_000;

/**
 * Sends what has changed, once a frame. Rates and open streams of many APIs may take only so much: they come later then,
 * and all others as soon as they are there.
 */
export function createStateFeed({ snapshot, send, now = Date.now }: StateFeedOptions): StateFeed {
  let sent: Snapshot | null = null;
  let sequence = 0;
  let visible = false;
  let timer: NodeJS.Timeout | undefined;
  let dueAtMs = 0;
  let allowance = mostLiveCharacters;
  let allowanceAtMs = now();

  function later(delayMs: number): void {
    const atMs = now() + delayMs;
    if (timer !== undefined && dueAtMs <= atMs) return;
    clearTimeout(timer);
    dueAtMs = atMs;
    timer = setTimeout(() => {
      timer = undefined;
      flush();
    }, delayMs);
  }

  function step(next: Snapshot, patch: StatePatch): void {
    sent = next;
    sequence += 1;
    send({ sequence, patch });
  }

  function flush(): void {
    if (!visible || sent === null) return;
    const next = snapshot();
    const base = sent;
    const calm = withLiveOf(base, next);
    const urgent = diffState(base, calm);
    if (urgent !== null) step(calm, urgent);
    const live = diffState(calm, next);
    if (live === null) return;
    const characters = JSON.stringify(live).length;
    const nowMs = now();
    const grown = allowance + ((nowMs - allowanceAtMs) * liveCharactersPerSecond) / 1000;
    [allowance, allowanceAtMs] = [Math.min(mostLiveCharacters, grown), nowMs];
    const missing = Math.min(characters, mostLiveCharacters) - allowance;
    if (missing > 0) return later(Math.ceil((missing * 1000) / liveCharactersPerSecond));
    allowance -= characters;
    step(next, live);
  }

  return {
    didChange() {
      if (visible && sent !== null) later(frameMs);
    },
    read() {
      if (sent === null) sent = snapshot();
      else if (visible) {
        // Whoever reads besides leaves nobody behind: the way here is sent, too.
        const next = snapshot();
        const patch = diffState(sent, next);
        if (patch !== null) step(next, patch);
      }
      return { sequence, snapshot: sent };
    },
    watch(isVisible) {
      visible = isVisible;
      clearTimeout(timer);
      timer = undefined;
      flush();
    },
    close() {
      visible = false;
      clearTimeout(timer);
    },
  };
}

/** The next state with the figures of the one before that change by themselves. */
function withLiveOf(before: Snapshot, next: Snapshot): Snapshot {
  const earlier = new Map(before.profiles.map((profile) => [profile.id, profile]));
  return {
    ...next,
    profiles: next.profiles.map((profile) => {
      const known = earlier.get(profile.id)?.connections ?? {};
      const connections = Object.entries(profile.connections).map(
        ([api, connection]) => [api, calmed(known[api], connection)] as const,
      );
      return { ...profile, connections: Object.fromEntries(connections) };
    }),
  };
}

function calmed(before: ConnectionState | undefined, next: ConnectionState): ConnectionState {
  if (before?.status !== 'on' || next.status !== 'on') return next;
  const { openStreams, requestsPerSecond, latencyMs } = before;
  return { ...next, openStreams, requestsPerSecond, latencyMs };
}
