import { openRefreshLock } from '../../../client/tokens/refresh-lock.ts';

// Run as a process of its own: takes the lock, says so, and never lets go.
const lock = openRefreshLock(process.argv[2] ?? '', 'profile');
await lock.hold(async () => {
  process.send?.('held');
  await new Promise(() => setInterval(() => undefined, 60_000));
});
