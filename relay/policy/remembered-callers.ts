import type { Caller } from './compile-rule.ts';
import type { Decision, PolicyRequest, PolicySubject } from './decision.ts';

const maxDecisions = 65_536;
const maxPathLength = 256;

type ByPath = Map<string, Decision>;

interface Remembered {
  readonly caller: Caller;
  readonly visible: Map<string, boolean>;
  /** By API, then method, then path. */
  readonly decisions: Map<string, Map<string, ByPath>>;
}

/**
 * What was found for each caller, kept with the identity object: a renewal brings another object, a reload another
 * policy, and both begin anew. Bounded: when there is too much, all decisions are forgotten at once.
 */
export class RememberedCallers {
  #callers = new WeakMap<PolicySubject, Remembered>();
  #decisions = 0;

  callerOf(subject: PolicySubject): Caller {
    return this.#of(subject).caller;
  }

  isVisible(subject: PolicySubject, api: string, find: (caller: Caller) => boolean): boolean {
    const { visible, caller } = this.#of(subject);
    let answer = visible.get(api);
    if (answer === undefined) visible.set(api, (answer = find(caller)));
    return answer;
  }

  decisionFor(subject: PolicySubject, { api, method, path }: PolicyRequest): Decision | undefined {
    return this.#callers.get(subject)?.decisions.get(api)?.get(method)?.get(path);
  }

  remember(subject: PolicySubject, { api, method, path }: PolicyRequest, decision: Decision): void {
    if (path.length > maxPathLength) return;
    if (this.#decisions >= maxDecisions) {
      this.#callers = new WeakMap();
      this.#decisions = 0;
    }
    const { decisions } = this.#of(subject);
    let byMethod = decisions.get(api);
    if (byMethod === undefined) decisions.set(api, (byMethod = new Map()));
    let byPath = byMethod.get(method);
    if (byPath === undefined) byMethod.set(method, (byPath = new Map()));
    byPath.set(path, decision);
    this.#decisions += 1;
  }

  #of(subject: PolicySubject): Remembered {
    let remembered = this.#callers.get(subject);
    if (remembered === undefined) {
      const caller = { subject, groups: new Set(subject.groups) };
      remembered = { caller, visible: new Map(), decisions: new Map() };
      this.#callers.set(subject, remembered);
    }
    return remembered;
  }
}
