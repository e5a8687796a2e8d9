import { constants, getPriority, setPriority } from 'node:os';

/** How much less urgent than requests is what follows them: spans, sinks, the search for anomalies (nice(2)). */
const lessUrgent = 10;

// Imported before all that takes long to load. On Linux the priority is that of this thread alone (setpriority(2)): requests
// go first where processors are few.
if (process.platform === 'linux') {
  try {
    setPriority(0, Math.min(constants.priority.PRIORITY_LOW, getPriority(0) + lessUrgent));
  } catch {
    // It may not; then it is as quick as the others.
  }
}
