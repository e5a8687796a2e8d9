import { EventEmitter, once } from 'node:events';
import type { RecordedCall } from './electron-stand-in/control.ts';

const waitMs = 60_000;

/** Calls that the app made of the system, with a way to wait for the next. */
export class CallLog {
  readonly calls: RecordedCall[] = [];
  readonly #added = new EventEmitter().setMaxListeners(50);

  add(call: RecordedCall): void {
    this.calls.push(call);
    this.#added.emit('added');
  }

  /** The first matching call after the first `after` matches; throws with what was seen when none comes within 60 s. */
  async waitForCall(
    name: string,
    matches: (call: RecordedCall) => boolean = () => true,
    after = 0,
  ): Promise<RecordedCall> {
    const signal = AbortSignal.timeout(waitMs);
    for (;;) {
      const found = this.calls.filter((call) => call.name === name && matches(call))[after];
      if (found !== undefined) return found;
      try {
        await once(this.#added, 'added', { signal });
      } catch (cause) {
        const names = [...new Set(this.calls.map((call) => call.name))].join(', ');
        throw new Error(`No ${name} within ${waitMs} ms; seen: ${names}`, { cause });
      }
    }
  }

  /** The first matching call from now on. */
  nextCall(name: string, matches: (call: RecordedCall) => boolean = () => true): Promise<RecordedCall> {
    const seen = this.calls.filter((call) => call.name === name && matches(call)).length;
    const next = this.waitForCall(name, matches, seen);
    // Awaited later, or not at all when what should lead to it fails first.
    next.catch(() => undefined);
    return next;
  }
}
