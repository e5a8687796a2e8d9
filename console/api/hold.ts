/** How many questions about what is shown are open. */
let open = 0;
const waiting = new Set<() => void>();

/**
 * While somebody answers a question about what is shown, nothing of it is read again by itself: a row that left its table would
 * take the question, and what was typed, with it. Returns what ends this.
 */
export function holdReadings(): () => void {
  open += 1;
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    open -= 1;
    if (open === 0) for (const look of waiting) look();
  };
}

export function areReadingsHeld(): boolean {
  return open > 0;
}

/** Calls back whenever the last question is closed. Returns what ends this. */
export function whenReleased(look: () => void): () => void {
  waiting.add(look);
  return () => waiting.delete(look);
}
