import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stagedFolders, stageOf, stagesOf } from './stages.ts';

/** As much of the linter as the rule uses: https://oxc.rs/docs/guide/usage/linter/js-plugins.html */
interface Context {
  readonly filename: string;
  report(problem: { readonly node: unknown; readonly message: string }): void;
}
interface Importing {
  readonly source: { readonly value?: unknown } | null;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const stages = new Map(stagedFolders.map((top) => [top, stagesOf(top)]));

const fromRoot = (path: string): string => relative(root, path).replaceAll('\\', '/');

/** Nothing in relay/ and client/ imports from a later stage than its own, not even a type. */
const order = {
  create(context: Context) {
    const from = fromRoot(context.filename);
    const top = stagedFolders.find((folder) => from.startsWith(`${folder}/`));
    if (top === undefined) return {};
    const inOrder = stages.get(top) ?? [];
    const check = (node: Importing): void => {
      const address = node.source?.value;
      if (typeof address !== 'string' || !address.startsWith('.')) return;
      const to = fromRoot(normalize(join(dirname(context.filename), address)));
      const own = stageOf(from, inOrder);
      const other = stageOf(to, inOrder);
      if (other <= own) return;
      context.report({
        node: node.source,
        message: `${inOrder[own]} comes before ${inOrder[other]}, and so can’t import ${to}. The order stands in docs/architecture.md, “Stages of the ${top}”: move what both need to the earlier one.`,
      });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    };
  },
};

// The linter takes a plugin as the default export of its module.
// oxlint-disable-next-line import/no-default-export
export default { meta: { name: 'stages' }, rules: { order } };
