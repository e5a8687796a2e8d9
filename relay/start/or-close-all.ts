/**
 * Runs a start of several steps. When one fails, what the others have opened is closed, the newest first: open, it would
 * keep the process from ending. What can't be closed leaves the rest to be closed, and the failure is that of the start.
 */
export async function orCloseAll<Started>(
  start: (didOpen: (close: () => unknown) => void) => Promise<Started>,
): Promise<Started> {
  const opened: (() => unknown)[] = [];
  try {
    return await start((close) => void opened.push(close));
  } catch (error) {
    for (const close of opened.toReversed()) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- each may need those that were opened before it
        await close();
      } catch {
        // Why it didn't start is what has to be told; this mostly fails for the same reason.
      }
    }
    throw error;
  }
}
