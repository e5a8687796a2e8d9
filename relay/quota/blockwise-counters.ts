import type { Block, BlockStore, Count, CounterStore } from './counter-store.ts';

/** Where a limit has so many requests left, and a quarter of all, some may be fetched before they are needed. */
const fewestLeft = 1000;
const shareOfLeft = 64;
const mostAhead = 256;
/** Who asks again within that time is worth fetching ahead for. */
const soonMs = 20;
/** What was fetched and not used for that time goes back. */
const keptMs = 100;

interface Waiting {
  readonly resolve: (left: number) => void;
  readonly reject: (error: unknown) => void;
}

/** One count of one caller in one window, as this process knows it. */
interface Known {
  readonly count: Count;
  /** Fetched and not used yet. */
  held: number;
  /** What the store had left when it answered last. */
  left: number;
  /** Taken since the last question. */
  taken: number;
  askedAtMs: number;
  usedAtMs: number;
  waiting: Waiting[];
  /** Questions under way. */
  asking: number;
}

/**
 * Counts in blocks: the requests of one turn of the event loop are counted by one question. Who asks much of a limit that
 * has much left gets some requests in advance, so that most need no question at all; those that go unused are given back
 * after a tenth of a second. Never more than the limit get through; near its end each request is asked for, so that
 * exactly as many do.
 */
export function createBlockwiseCounters(store: BlockStore, nowMs: () => number = Date.now): CounterStore {
  const known = new Map<string, Known>();
  let due: Known[] = [];
  let sweeper: NodeJS.Timeout | undefined;

  const knownOf = (count: Count): Known => {
    const key = `${count.limitId} ${count.every} ${count.most} ${count.window.startMs} ${count.caller}`;
    let present = known.get(key);
    if (present === undefined) {
      present = { count, held: 0, left: 0, taken: 0, askedAtMs: 0, usedAtMs: 0, waiting: [], asking: 0 };
      known.set(key, present);
      sweeper ??= setInterval(sweep, keptMs).unref();
    }
    return present;
  };

  const giveBackHeld = (entry: Known): void => {
    const { held, count } = entry;
    entry.held = 0;
    // A window that has ended counts for nobody.
    if (held > 0 && nowMs() < count.window.endMs) store.giveBack(count, held);
  };

  const sweep = (): void => {
    const before = nowMs() - keptMs;
    for (const [key, entry] of known) {
      // By when it was fetched: who asks now and then is not to keep from others what it hardly uses.
      if (entry.askedAtMs <= before) giveBackHeld(entry);
      if (entry.usedAtMs > before) continue;
      if (entry.waiting.length === 0 && entry.asking === 0) known.delete(key);
    }
    if (known.size > 0) return;
    clearInterval(sweeper);
    sweeper = undefined;
  };

  const hasMuch = ({ left, count }: Known): boolean => left >= fewestLeft && left * 4 >= count.most;

  const ask = async (entry: Known): Promise<void> => {
    const { waiting, count } = entry;
    entry.waiting = [];
    const isSoon = nowMs() - entry.askedAtMs < soonMs;
    const ahead = isSoon && hasMuch(entry) ? Math.min(entry.taken, Math.floor(entry.left / shareOfLeft), mostAhead) : 0;
    entry.askedAtMs = nowMs();
    entry.taken = 0;
    entry.asking += 1;
    let block: Block;
    try {
      block = await store.take(count, waiting.length + ahead);
    } catch (error) {
      entry.asking -= 1;
      for (const { reject } of waiting) reject(error);
      return;
    }
    entry.asking -= 1;
    entry.left = block.left;
    let { granted } = block;
    for (const { resolve } of waiting) {
      if (granted > 0) {
        granted -= 1;
        resolve(block.left + granted);
      } else resolve(-1);
    }
    entry.held += granted;
  };

  const askAll = (): void => {
    const entries = due;
    due = [];
    for (const entry of entries) void ask(entry);
  };

  return {
    take(count) {
      if (count.most === 0) return -1;
      const entry = knownOf(count);
      entry.taken += 1;
      entry.usedAtMs = nowMs();
      if (entry.held > 0) {
        entry.held -= 1;
        return entry.left + entry.held;
      }
      return new Promise((resolve, reject) => {
        if (entry.waiting.push({ resolve, reject }) > 1) return;
        if (due.push(entry) === 1) setImmediate(askAll);
      });
    },
    giveBack(count) {
      const entry = knownOf(count);
      if (hasMuch(entry)) entry.held += 1;
      else store.giveBack(count, 1);
    },
    async left(count) {
      if (count.most === 0) return 0;
      return (await store.left(count)) + knownOf(count).held;
    },
    async close() {
      clearInterval(sweeper);
      for (const entry of known.values()) giveBackHeld(entry);
      known.clear();
      await store.close();
    },
  };
}
