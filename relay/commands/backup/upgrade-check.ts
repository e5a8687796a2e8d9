import { terminalText } from '../../../shared/shown-text.ts';
import { version } from '../../../shared/version.ts';
import { checkUpgrade, type SchemaFinding, type UpgradeFindings } from '../../backup/upgrade-check.ts';
import { clientPolicyOf } from '../../config/client-policy.ts';
import { ConfigError, formatProblem } from '../../config/config-problem.ts';
import { type LoadedConfig, loadConfig } from '../../config/load-config.ts';

export interface UpgradeCheckCommandOptions {
  readonly configPath: string;
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly now?: () => number;
}

/**
 * Says what this version of the relay would meet on the config and the data of the one that runs: changes nothing. Exit code 0
 * when it starts and nothing is migrated, 3 when it starts and there is something to know, 2 when it would not start.
 */
export async function upgradeCheckCommand(options: UpgradeCheckCommandOptions): Promise<number> {
  const { configPath, json, write, now = Date.now } = options;
  let loaded: LoadedConfig;
  try {
    loaded = await loadConfig(configPath);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(formatProblem);
    if (json) write(`${JSON.stringify({ version, starts: false, problems })}\n`);
    else write(`${terminalText(problems.join('\n'))}\n\nVersion ${version} would not start with this config.\n`);
    return 2;
  }
  const { config, storage, warnings = [] } = loaded;
  const clientPolicy = clientPolicyOf(config);
  const found = await checkUpgrade({ dataDir: config.relay.data, storage, clientPolicy, nowMs: now() });
  const starts = !found.schemas.some(({ verdict }) => verdict === 'newer');
  const canGoBack = !found.schemas.some(({ verdict }) => verdict === 'migrates');
  const told = warnings.map(formatProblem);
  if (json) write(`${JSON.stringify({ version, starts, canGoBack, warnings: told, ...found })}\n`);
  else for (const line of linesOf(found, told, { starts, canGoBack })) write(`${terminalText(line)}\n`);
  if (!starts) return 2;
  const isQuiet = canGoBack && told.length === 0 && !found.clients.some(({ isRefused }) => isRefused);
  return isQuiet ? 0 : 3;
}

function linesOf(
  { schemas, clients }: UpgradeFindings,
  warnings: readonly string[],
  { starts, canGoBack }: { readonly starts: boolean; readonly canGoBack: boolean },
): readonly string[] {
  const changed = schemas.filter(({ verdict }) => verdict !== 'as-it-is');
  return [
    `Version ${version} can use the config${warnings.length === 0 ? '.' : ', with warnings:'}`,
    ...warnings.map((warning) => `  ${warning}`),
    changed.length === 0
      ? `All ${schemas.length} schemas are as this version knows them.`
      : 'Schemas that aren’t as this version knows them:',
    ...changed.map(schemaLine),
    ...(clients.length === 0 ? ['No client was here within 30 days.'] : ['Clients of the last 30 days:']),
    ...clients.map(
      ({ version: of, sessions, isRefused }) =>
        `  ${of === '' ? 'unknown version' : of}: ${sessions} ${sessions === 1 ? 'session' : 'sessions'}${isRefused ? ', refused by client_policy.minimum_version' : ''}`,
    ),
    !starts
      ? 'This version would not start: a newer one has made some of the data. Run that one, or put a backup from before it back.'
      : canGoBack
        ? 'Nothing is migrated: the version before can be started again at any time.'
        : 'What is migrated, the version before doesn’t know: make a backup first (“relay backup”). The way back is to put it back.',
  ];
}

function schemaLine({ name, what, found, known, verdict }: SchemaFinding): string {
  const words =
    verdict === 'migrates' ? `will be brought from ${found} to ${known}` : `has ${found}; this one knows ${known}`;
  return `  ${name} (${what}) ${words}`;
}
