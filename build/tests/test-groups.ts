import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Test files that call modules which keep nothing, and change nothing of the process: one process runs many of them. */
export interface TestGroups {
  /** Paths below the root, with slashes; all other files get a process of their own. */
  readonly sharing: readonly string[];
}

/** Folders of such modules. */
const sharingFolders = [
  'client/tokens',
  'console',
  'relay/config',
  'relay/http2-fields',
  'relay/identity',
  'relay/notify',
  'relay/overview',
  'relay/policy',
  'relay/quota',
  'relay/saml',
  'relay/what-if',
  'renderer/model',
  'shared',
  'shared/messages',
  'shared/tunnel',
  'ui',
];

/** What outlasts a file, or what others leave is in the way of: the process's own state and memory, clocks, browsers, processes. */
const reachesFurther =
  /\bvi\.(?:mock|hoisted|stub|useFakeTimers|spyOn)|\bprocess\.(?:env|on|once|chdir|emitWarning)\b|setGlobalDispatcher|globalThis|memoryUsage|getHeapStatistics|node:v8|launchChromium|playwright|child_process|worker_threads|startRelayProcess|startDemoWorld|startTunnelWorld/;

/** Finds the test files below `root` that can share a process. */
export function groupTests(root: string): TestGroups {
  const files = globSync('test/**/*.test.ts', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  const sharing = files.filter((path) => {
    const folder = path.slice('test/'.length, path.lastIndexOf('/'));
    return sharingFolders.includes(folder) && !reachesFurther.test(readFileSync(join(root, path), 'utf8'));
  });
  return { sharing };
}
