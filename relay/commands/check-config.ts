import { formatProblem } from '../config/config-problem.ts';
import { loadConfig, type LoadOptions } from '../config/load-config.ts';
import { groupsSeen, notesOnGroups } from '../reports/unseen-groups.ts';
import { checkConfigFile } from '../policy/check-config-file.ts';

/**
 * Checks a config file as the relay would at start and writes what is wrong, one problem a line, or what is in it.
 * Exit code 0 when it can be used, 2 when not.
 */
export async function checkConfig(
  path: string,
  write: (text: string) => void,
  options: LoadOptions = {},
): Promise<number> {
  const checked = await checkConfigFile(path, options);
  if (checked.status === 'unusable') {
    const count = checked.problems.length;
    const found = count === 1 ? 'One problem' : `${count} problems`;
    write(`${checked.problems.map(formatProblem).join('\n')}\n\n${found}. The relay would not use this file.\n`);
    return 2;
  }
  const { issuers, apis, rules } = checked.counts;
  const counts = [counted(issuers, 'issuer'), counted(apis, 'API'), counted(rules, 'rule')];
  write(`${checked.path} can be used: ${counts.join(', ')}.\n`);
  for (const warning of checked.warnings) write(`Warning: ${formatProblem(warning)}\n`);
  for (const note of [...checked.notes, ...(await notesFromUsage(path)), ...checked.restarts]) write(`Note: ${note}\n`);
  return 0;
}

/** What the relay of this config has counted says of its groups; nothing where it has counted nothing. */
async function notesFromUsage(path: string): Promise<readonly string[]> {
  const { config } = await loadConfig(path, { files: 'skip' });
  const seen = groupsSeen(config.relay.data);
  return seen === null ? [] : notesOnGroups(config, seen);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
