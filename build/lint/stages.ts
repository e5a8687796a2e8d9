import { readFileSync } from 'node:fs';

/** Folders whose files import only from stages before their own. */
export const stagedFolders = ['relay', 'client'] as const;
export type StagedFolder = (typeof stagedFolders)[number];

/** The stages of a folder in their order, as the tables of docs/architecture.md have them. @throws Error without its table */
export function stagesOf(top: StagedFolder): readonly string[] {
  const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
  const [, after] = page.split(`\n## Stages of the ${top}`);
  const section = after?.split(/\n#+ /u)[0] ?? '';
  const stages = [...section.matchAll(/^\| (?<folders>`[^|]+) \|/gmu)].flatMap(({ groups }) =>
    [...(groups?.['folders'] ?? '').matchAll(/`(?<folder>[^`]+)`/gu)].map((match) => match.groups?.['folder'] ?? ''),
  );
  if (stages.length === 0) throw new Error(`docs/architecture.md has no table of the stages of ${top}/.`);
  return stages;
}

/** The number of a file's stage, which is that of the innermost listed folder around it; -1 for none. */
export function stageOf(file: string, stages: readonly string[]): number {
  const around = stages.filter((stage) => file.startsWith(`${stage}/`));
  return stages.indexOf(around.toSorted((one, other) => other.length - one.length)[0] ?? '');
}
