import type { AuditReader } from './audit-reader.ts';
import { beginCursor } from './begin-cursor.ts';
import { nextNumbers, type NextRecords, nextRecords } from './next-batch.ts';
import { createSelection } from './select-records.ts';
import { shorterRecords } from './shorten-record.ts';
import type { SinkCursor, SinkCursors } from './sink-cursors.ts';
import type { SinkSettings } from './sink-settings.ts';
import type { Delivery, ShippedRecord, SinkTarget } from './sink-target.ts';

/** What shipping to one sink needs; all of it is open for longer than the shipping goes on. */
export interface ShippingParts {
  readonly reader: AuditReader;
  readonly cursors: SinkCursors;
  readonly target: SinkTarget;
  readonly say: (
    level: 'info' | 'warn' | 'error',
    message: string,
    details?: Readonly<Record<string, unknown>>,
  ) => void;
  /** A record was too large for the receiver, which has it shortened. */
  readonly didShorten: () => void;
  readonly now: () => number;
  /** Wait after failed attempts, and what the receiver asked for. */
  readonly retryDelay: (attempts: number, askedMs: number | undefined) => number;
}

/** Records of one sink on their way. */
export interface Shipping {
  /** False once the receiver wants no more. */
  readonly isWanted: boolean;
  /** Sends what there is until everything is sent, an attempt fails or the time is over; then stops. */
  finish(withinMs: number): Promise<void>;
  /** Stops at once; what was under way goes again when shipping goes on. */
  stop(): Promise<void>;
}

/** How often the log is looked at for new records. */
const lookEveryMs = 250;
/** Records before the cursor from which a selection learns which decisions it had left out. */
const lookBackRecords = 20_000;
const lagToldEveryMs = 3_600_000;

/** Follows the log for one sink, from its cursor on: in order, each batch until it is acknowledged. */
export function startShipping(settings: SinkSettings, parts: ShippingParts): Shipping {
  const shipper = new Shipper(settings, parts);
  const ended = shipper.run();
  return {
    get isWanted() {
      return shipper.isWanted;
    },
    finish: async (withinMs) => {
      shipper.finish();
      const timer = setTimeout(() => shipper.stop(), withinMs);
      await ended;
      clearTimeout(timer);
    },
    stop: async () => {
      shipper.stop();
      await ended;
    },
  };
}

class Shipper {
  readonly #settings: SinkSettings;
  readonly #parts: ShippingParts;
  readonly #select;
  /** The place takes all records, and reads them itself. */
  readonly #readsItself: boolean;
  readonly #stopping = new AbortController();
  #cursor: SinkCursor;
  #isFinishing = false;
  #wake: () => void = () => undefined;
  #maxRecords: number;
  #lagToldMs: number | null = null;

  constructor(settings: SinkSettings, parts: ShippingParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#select = createSelection(settings.selection);
    this.#readsItself = settings.place.kind === 'postgres';
    this.#maxRecords = settings.batchRecords;
    this.#cursor = this.#begin();
  }

  get isWanted(): boolean {
    return !this.#cursor.ended;
  }

  finish(): void {
    this.#isFinishing = true;
    this.#wake();
  }

  stop(): void {
    this.#stopping.abort();
    this.#wake();
  }

  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        const isMore = await this.#step();
        if (!isMore && this.#isFinishing) return;
        if (!isMore && this.#cursor.ended) return;
        if (!isMore) await this.#pause(lookEveryMs);
      } catch (error) {
        // The disk, most likely; what is told is that of the audit, which stops requests.
        this.#parts.say('error', 'the audit can’t be read for a sink', { err: error });
        if (this.#isFinishing) return;
        await this.#pause(this.#parts.retryDelay(4, undefined));
      }
    }
  }

  #begin(): SinkCursor {
    const { reader } = this.#parts;
    const cursor = beginCursor(this.#settings, this.#parts);
    if (this.#readsItself) return cursor;
    for (const record of reader.after(Math.max(0, cursor.seq - lookBackRecords), cursor.seq, lookBackRecords))
      this.#select(record);
    return cursor;
  }

  #move(change: Partial<SinkCursor>): void {
    this.#cursor = { ...this.#cursor, ...change };
    this.#parts.cursors.put(this.#settings.name, this.#cursor);
  }

  /** Sends one batch; false when nothing waits now. */
  async #step(): Promise<boolean> {
    const next = await this.#gather();
    const { seq } = this.#cursor;
    if (next.endSeq === seq) {
      this.#caughtUp();
      await this.#parts.target.didCatchUp?.();
      return false;
    }
    this.#tellGap(next);
    if (next.count > 0) return this.#deliver(next);
    this.#move({ ...this.#endOf(next), plannedSeq: 0 });
    return next.isFull;
  }

  async #gather(): Promise<NextRecords> {
    const { gatherMs, batchBytes: maxBytes } = this.#settings;
    const { reader } = this.#parts;
    const { seq, plannedSeq } = this.#cursor;
    const waiting = reader.range().last - seq;
    // Before they are read: nothing is read twice.
    if (waiting > 0 && waiting < this.#maxRecords && plannedSeq === 0 && gatherMs > 0) await this.#pause(gatherMs);
    const limits = { seq, plannedSeq, maxRecords: this.#maxRecords, maxBytes };
    return this.#readsItself ? nextNumbers(reader, limits) : nextRecords(reader, this.#select, limits);
  }

  async #deliver(batch: NextRecords): Promise<boolean> {
    const { seq } = this.#cursor;
    const { log } = this.#parts.reader;
    // The numbers alone would be those of other records after the folder was put back to an earlier state.
    const last = Buffer.from(this.#parts.reader.hashOf(batch.endSeq) ?? []).toString('hex', 0, 8);
    const id = `msg_${log}_${this.#settings.name}_${seq + 1}_${batch.endSeq}_${last}`;
    this.#move({ plannedSeq: batch.endSeq });
    const [only, ...more] = batch.records;
    let shorter: readonly ShippedRecord[] | null = null;
    let form: { readonly id: string; readonly records: readonly ShippedRecord[] } = { id, records: batch.records };
    for (;;) {
      const { signal } = this.#stopping;
      const delivery = await this.#parts.target.send({ log, ...form, after: seq, upTo: batch.endSeq }, signal);
      if (signal.aborted && delivery.status !== 'delivered') return false;
      if (delivery.status === 'delivered') {
        if (form.id !== id) this.#parts.didShorten();
        this.#delivered(batch);
        return true;
      }
      if (delivery.status === 'moved') {
        this.#move({
          ...this.#endOf({ endSeq: delivery.seq }),
          plannedSeq: 0,
          error: null,
          errorMs: null,
          attempts: 0,
        });
        return true;
      }
      if (delivery.status === 'too-large' && only !== undefined && more.length === 0) {
        shorter ??= this.#shorterOf(only, delivery.reason);
        const [next, ...rest] = shorter;
        shorter = rest;
        if (next !== undefined) {
          // Another message than the one that was refused.
          form = { id: `${id}_${next.payload.length}`, records: [next] };
          continue;
        }
      }
      // Who takes not even the least has something against all records: they wait, and go whole again.
      shorter = null;
      form = { id, records: batch.records };
      this.#failed(delivery);
      if (delivery.status === 'ended') return false;
      if (delivery.status === 'too-large' && batch.records.length > 1) {
        this.#maxRecords = Math.ceil(batch.records.length / 2);
        this.#move({ plannedSeq: 0 });
        return true;
      }
      if (this.#isFinishing) return false;
      const askedMs = delivery.status === 'failed' ? delivery.retryAfterMs : undefined;
      await this.#pause(this.#parts.retryDelay(this.#cursor.attempts, askedMs));
      if (signal.aborted) return false;
    }
  }

  #shorterOf(record: ShippedRecord, reason: string): readonly ShippedRecord[] {
    const { seq, payload } = record;
    const said = 'a record is too large for a sink, which gets it shortened; the audit has it whole';
    this.#parts.say('warn', said, { seq, characters: payload.length, reason });
    return shorterRecords(record);
  }

  #endOf({ endSeq }: Pick<NextRecords, 'endSeq'>): Pick<SinkCursor, 'seq' | 'hash'> {
    return { seq: endSeq, hash: this.#parts.reader.hashOf(endSeq) ?? null };
  }

  #delivered(batch: NextRecords): void {
    const { sent, attempts } = this.#cursor;
    if (attempts > 0) this.#parts.say('info', 'a sink takes records again', { attempts });
    this.#move({
      ...this.#endOf(batch),
      plannedSeq: 0,
      sent: sent + batch.count,
      deliveredMs: this.#parts.now(),
      error: null,
      errorMs: null,
      attempts: 0,
    });
    this.#lookAtLag(batch.endSeq - 1);
    this.#maxRecords = Math.min(this.#settings.batchRecords, this.#maxRecords * 2);
  }

  #failed(delivery: Exclude<Delivery, { status: 'delivered' | 'moved' }>): void {
    const { reason, status } = delivery;
    const attempts = this.#cursor.attempts + 1;
    this.#move({ error: reason, errorMs: this.#parts.now(), attempts, ended: status === 'ended' });
    if (status === 'ended')
      this.#parts.say(
        'error',
        'a sink wants no more records; it gets none until the config changes or the relay starts',
        {
          reason,
        },
      );
    else if (attempts === 1) this.#parts.say('warn', 'a sink doesn’t take records; they wait', { reason });
    this.#lookAtLag(this.#cursor.seq);
  }

  /** By the record behind this number. */
  #lookAtLag(after: number): void {
    const { now, say, reader } = this.#parts;
    const payload = reader.after(after, Number.MAX_SAFE_INTEGER, 1)[0]?.payload;
    if (payload === undefined) return;
    const lagMs = now() - Number((JSON.parse(payload) as { readonly timeMs: number }).timeMs);
    if (lagMs < this.#settings.lagWarnMs) return this.#caughtUp();
    if (this.#lagToldMs !== null && now() - this.#lagToldMs < lagToldEveryMs) return;
    this.#lagToldMs = now();
    const { seq, error } = this.#cursor;
    say('warn', 'a sink is late', { lagSeconds: Math.round(lagMs / 1000), sentUpTo: seq, reason: error });
  }

  #caughtUp(): void {
    if (this.#lagToldMs === null) return;
    this.#lagToldMs = null;
    this.#parts.say('info', 'a sink is no longer late');
  }

  /** Records that were cut from the log before this sink had them can't be sent: that must not pass unsaid. */
  #tellGap({ endSeq, records }: NextRecords): void {
    const { first } = this.#parts.reader.range();
    const { seq } = this.#cursor;
    if (first > seq + 1 && (records[0]?.seq ?? endSeq) >= first)
      this.#parts.say('error', 'records were removed from the audit before a sink had them', {
        from: seq + 1,
        to: first - 1,
      });
  }

  #pause(ms: number): Promise<void> {
    if (this.#stopping.signal.aborted || this.#isFinishing) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
