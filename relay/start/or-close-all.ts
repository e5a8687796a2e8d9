/**
 * Runs a start of several steps. When one fails, what the others have opened is closed, the newest first: open, it would
 * keep the process from ending.
 */
export async function orCloseAll<Started>(
  start: (didOpen: (close: () => unknown) => void) => Promise<Started>,
): Promise<Started> {
  const opened: (() => unknown)[] = [];
  try {
    return await start((close) => void opened.push(close));
  } catch (error) {
    // oxlint-disable-next-line no-await-in-loop -- each may need those that were opened before it
    for (const close of opened.toReversed()) await close();
    throw error;
  }
}
