import type { Reason } from '../../shared/reason.ts';

/** What a reason says as codes, made when somebody wants to know: few requests are looked at. No part of what is compared or written. */
export class LazyReasons {
  readonly #make: () => readonly Reason[];

  constructor(make: () => readonly Reason[]) {
    this.#make = make;
  }

  list(): readonly Reason[] {
    return this.#make();
  }

  toJSON(): undefined {
    return undefined;
  }
}
