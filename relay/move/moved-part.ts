import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';

/** A data folder, and where it goes. */
export interface MovePlace {
  readonly dataDir: string;
  readonly postgres: PostgresSettings;
  /** Id of the relay whose folder it is. */
  readonly relay: string;
}

/** One kind of what a data folder keeps, on its way to the storage that relays share. */
export interface MovedPart {
  /** As people call it. */
  readonly name: string;
  /** How many there are in the folder. */
  readonly count: number;
  /**
   * Brings all of them to the storage, where what is there already stays or is merged: done twice, it is as done once.
   * @param didMove called with how many are there so far
   */
  move(didMove: (soFar: number) => void): Promise<void>;
  /** How many of the folder's are in the storage. */
  verify(): Promise<number>;
}

/** Does something with portions of a list, one after the other, and says how far it is. */
export async function inPortions<Item>(
  items: readonly Item[],
  size: number,
  didMove: (soFar: number) => void,
  work: (portion: readonly Item[]) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < items.length; from += size) {
    await work(items.slice(from, from + size));
    didMove(Math.min(items.length, from + size));
  }
}
