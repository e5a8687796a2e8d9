import { ConfigError, formatProblem } from '../config/config-problem.ts';
import { widerAllows } from '../policy/wider-allows.ts';
import { neverKeptOf } from '../config/values/header-names.ts';
import { type LoadedConfig, loadConfig, type LoadOptions } from '../config/load-config.ts';

/**
 * Checks a config file as the relay would at start and writes what is wrong, one problem a line, or what is in it.
 * Exit code 0 when it can be used, 2 when not.
 */
export async function checkConfig(
  path: string,
  write: (text: string) => void,
  options: LoadOptions = {},
): Promise<number> {
  try {
    const loaded = await loadConfig(path, options);
    write(summary(loaded));
    for (const warning of loaded.warnings ?? []) write(`Warning: ${formatProblem(warning)}\n`);
    for (const warning of warnings(loaded)) write(`Note: ${warning}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const count = error.problems.length;
    write(
      `${error.message}\n\n${count === 1 ? 'One problem' : `${count} problems`}. The relay would not use this file.\n`,
    );
    return 2;
  }
}

function summary({ path, config }: LoadedConfig): string {
  const rules = config.apis.reduce((sum, api) => sum + api.rules.length, 0);
  const counts = [counted(config.issuers.length, 'issuer'), counted(config.apis.length, 'API'), counted(rules, 'rule')];
  return `${path} can be used: ${counts.join(', ')}.\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What is allowed but seldom meant. */
function warnings({ config }: LoadedConfig): readonly string[] {
  return config.apis.flatMap((api) => {
    const nobody = api.rules.filter((rule) => rule.groups?.length === 0);
    const hasAllow = api.rules.some((rule) => rule.effect === 'allow' && rule.groups?.length !== 0);
    return [
      ...(hasAllow ? [] : [`No rule of the API “${api.id}” allows anything, so nobody can use it.`]),
      ...nobody.map(
        (rule) => `The rule “${rule.name}” of the API “${api.id}” has an empty list of groups: it is for nobody.`,
      ),
      ...api.keep_headers.flatMap((entry) => {
        const never = neverKeptOf(entry);
        if (never.length === 0) return [];
        return `“${entry}” in “keep_headers” of the API “${api.id}” keeps all but what the relay sets or strips itself: ${never.join(', ')}.`;
      }),
      ...widerAllows(api.rules).map(
        ({ deny, allow, path }) =>
          `The rule “${allow}” of the API “${api.id}” allows more than the deny rule “${deny}” beside it reads: another name that the API has for ${path}, such as a short name of Windows, would be allowed. See docs/policy.md, “Spellings that are not refused”.`,
      ),
    ];
  });
}
