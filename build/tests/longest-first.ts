import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest, the longest first, as `npm test` lists them at its end: one that begins late would be what
 * everything waits for.
 */
export const longest: readonly string[] = [
  'test/renderer/accessibility.test.ts',
  'test/renderer/pseudo-locale.test.ts',
  'test/console/accessibility.test.ts',
  'test/client/cli/ends-while-others-hang.test.ts',
  'test/client/cli/state-folder.test.ts',
  'test/build/desktop-package.test.ts',
  'test/relay/admin/admin-api.test.ts',
  'test/relay/pipeline/bad-disk.test.ts',
  'test/renderer/keyboard.test.ts',
  'test/tunnel/frozen-relay.test.ts',
  'test/docs/sessions.test.ts',
  'test/kill/storage-kills.test.ts',
  'test/relay/way-back/break-off.test.ts',
  'test/relay/workers/lost-worker.test.ts',
  'test/support/run-suite.test.ts',
  'test/tunnel/restarted-proxy.test.ts',
  'test/matrix/matrix.test.ts',
  'test/relay/administration/people-and-grants.test.ts',
  'test/tunnel/stream-places.test.ts',
  'test/client/cli/cli.test.ts',
  'test/client/cli/streams-and-terminals.test.ts',
  'test/relay/storage/lost-storage.test.ts',
  'test/relay/doctor/run-doctor.test.ts',
  'test/relay/move/move-storage.test.ts',
  'test/relay/sinks/killed-relay.test.ts',
];

/** The longest files first, and those that share processes last and together, so that a process goes on to the next. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const rank = ({ moduleId, project }: TestSpecification): number => {
      if (!project.config.isolate) return longest.length + 1;
      const at = longest.indexOf(relative(root, moduleId).replaceAll('\\', '/'));
      return at === -1 ? longest.length : at;
    };
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
