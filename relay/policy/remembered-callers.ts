import type { Caller } from './compile-rule.ts';
import type { PolicySubject } from './decision.ts';
import type { DecisionsOfCaller } from './remembered-decisions.ts';

/** A caller as rules see him, with what was found out about him. */
export interface RememberedCaller {
  readonly caller: Caller;
  readonly decisions: DecisionsOfCaller;
  /** Whether he may know of an API, by its id. */
  readonly visible: Map<string, boolean>;
}

/** Callers by identity object: a renewal brings another object, a reload another policy, and both begin anew. */
export class RememberedCallers {
  readonly #callers = new WeakMap<PolicySubject, RememberedCaller>();
  readonly #newDecisions: () => DecisionsOfCaller;

  constructor(newDecisions: () => DecisionsOfCaller) {
    this.#newDecisions = newDecisions;
  }

  of(subject: PolicySubject): RememberedCaller {
    let remembered = this.#callers.get(subject);
    if (remembered === undefined) {
      const caller = { subject, groups: new Set(subject.groups) };
      remembered = { caller, decisions: this.#newDecisions(), visible: new Map() };
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
