import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest, the longest first, as `npm test` lists them at its end: one that begins late would be what
 * everything waits for.
 */
export const longest: readonly string[] = [
  'test/renderer/accessibility.test.ts',
  'test/build/desktop-package.test.ts',
  'test/client/cli/state-folder.test.ts',
  'test/renderer/pseudo-locale.test.ts',
  'test/console/accessibility.test.ts',
  'test/kill/storage-kills.test.ts',
  'test/client/cli/cli.test.ts',
  'test/client/cli/ends-while-others-hang.test.ts',
  'test/relay/commands/over-socket.test.ts',
  'test/tunnel/frozen-relay.test.ts',
  'test/client/cli/streams-and-terminals.test.ts',
  'test/relay/erasure/erase-shared-person.test.ts',
  'test/relay/sinks/killed-relay.test.ts',
  'test/renderer/keyboard.test.ts',
  'test/relay/move/move-storage.test.ts',
  'test/relay/workers/lost-worker.test.ts',
  'test/relay/admin/relays-together.test.ts',
  'test/client/cli/names-and-rude-apis.test.ts',
  'test/relay/storage/lost-storage.test.ts',
  'test/docs/commands-in-sentences.test.ts',
  'test/relay/way-back/break-off.test.ts',
  'test/tunnel/restarted-proxy.test.ts',
  'test/relay/admin/admin-api.test.ts',
  'test/tunnel/stream-places.test.ts',
  'test/renderer/german.test.ts',
  'test/support/run-suite.test.ts',
  'test/relay/administration/people-and-grants.test.ts',
  'test/matrix/matrix.test.ts',
  'test/relay/pipeline/bad-disk.test.ts',
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
