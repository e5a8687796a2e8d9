interface Placed {
  /** Distances from the top of the list, in pixels. */
  readonly start: number;
  readonly end: number;
}

/** Pixels that are free above a row of a list of which only some rows are in the page: 0 behind the one before it. */
export function roomAbove(rows: readonly Placed[], place: number): number {
  return (rows[place]?.start ?? 0) - (rows[place - 1]?.end ?? 0);
}

/**
 * The style of a row with so much room above. Rows in the flow need none of their own: Chromium takes the longer for a frame
 * the more elements with styles of their own it has seen since it last collected garbage, 4 to 40 ms while scrolling.
 */
export function pushedDown(room: number): { readonly marginTop: number } | undefined {
  return room === 0 ? undefined : { marginTop: room };
}
