/** Threads and processes that the relay starts from files of their own: where the sources keep each. */
export const programs = {
  'anomaly-worker': 'anomalies/anomaly-worker',
  'audit-worker': 'audit/audit-worker',
  'copy-thread': 'backup/copy-thread',
  'database-worker': 'audit/shared/database-worker',
  'forgetting-thread': 'erasure/forgetting-thread',
  'index-thread': 'audit/reading/index-thread',
  'keeper-thread': 'audit/shared/keeper-thread',
  'message-worker': 'saml/message-worker',
  'read-thread': 'admin/read-thread',
  'sink-thread': 'sinks/sink-thread',
  'threads-process': 'programs/threads-process',
  'trace-thread': 'traces/trace-thread',
  'what-if-thread': 'what-if/what-if-thread',
  'worker-process': 'start/worker-process',
} as const;

export type Program = keyof typeof programs;

/** An installed relay is a flat folder of bundles, this module in one of them. */
const isBundled = !import.meta.url.endsWith('.ts');

/** The file that a thread or process is started from, among the sources or in an installed relay. */
export function programFile(name: Program): URL {
  return new URL(isBundled ? `${name}.js` : `../${programs[name]}.ts`, import.meta.url);
}

/** The folder of the console’s pages: beside the bundle, or where the build of the sources puts them. */
export function consolePages(): URL {
  return new URL(isBundled ? 'console-files/' : '../../.vite/console/', import.meta.url);
}
