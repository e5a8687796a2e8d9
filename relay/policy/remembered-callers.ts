import type { Caller } from './compile-rule.ts';
import type { PolicySubject } from './decision.ts';

/** A caller as rules see him, with what was found out about him. */
export interface RememberedCaller {
  /** Stands for the caller, and for nobody else of the same policy. */
  readonly number: number;
  readonly caller: Caller;
  /** Whether he may know of an API, by its id. */
  readonly visible: Map<string, boolean>;
}

/** Callers by identity object: a renewal brings another object, a reload another policy, and both begin anew. */
export class RememberedCallers {
  readonly #callers = new WeakMap<PolicySubject, RememberedCaller>();
  #count = 0;

  of(subject: PolicySubject): RememberedCaller {
    let remembered = this.#callers.get(subject);
    if (remembered === undefined) {
      this.#count += 1;
      const caller = { subject, groups: new Set(subject.groups) };
      remembered = { number: this.#count, caller, visible: new Map() };
      this.#callers.set(subject, remembered);
    }
    return remembered;
  }

  isVisible(subject: PolicySubject, api: string, find: (caller: Caller) => boolean): boolean {
    const { visible, caller } = this.of(subject);
    let answer = visible.get(api);
    if (answer === undefined) visible.set(api, (answer = find(caller)));
    return answer;
  }
}
