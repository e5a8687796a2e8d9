import { formatProblem } from '../config/config-problem.ts';
import { groupsSeen, notesOnGroups } from '../reports/unseen-groups.ts';
import { loadConfig, type LoadOptions } from '../config/load-config.ts';
import { checkConfigFile } from '../policy/check-config-file.ts';
import { failure, fine, type Look, warning } from './finding.ts';

/** Keys whose faults the check of certificates tells. */
const certificateKey = /(?:^|\.)(?:tls\.cert|tls\.client_ca|ca|client_certificate|relay_client\.certificate)$/;

/** What is wrong with the config file, as `check-config` says it. */
export async function lookAtConfig(path: string, options: LoadOptions): Promise<readonly Look[]> {
  const checked = await checkConfigFile(path, options);
  if (checked.status === 'unusable')
    return checked.problems.map((problem) =>
      failure('', formatProblem(problem), 'Correct it; the relay would not use this file.'),
    );
  const { issuers, apis, rules } = checked.counts;
  const { config } = await loadConfig(path, { ...options, files: 'skip' });
  const seen = groupsSeen(config.relay.data);
  const notes = [...checked.notes, ...(seen === null ? [] : notesOnGroups(config, seen))];
  const warnings = checked.warnings.filter(({ key }) => !certificateKey.test(key));
  return [
    fine('', `${checked.path} can be used: ${issuers} providers, ${apis} APIs, ${rules} rules.`),
    ...checked.restarts.map((note) => fine('', note)),
    ...warnings.map((problem) => warning('', formatProblem(problem), 'It can be used; write it as the message says.')),
    ...notes.map((note) => warning('', note, 'It can be used; see whether it is meant.')),
  ];
}
