import { compilePolicy } from '../policy/compile-policy.ts';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import type { Patient } from './patient.ts';
import type { RunningRelay } from './running-relay.ts';

/** What the running relay says of itself, beside the file and this version. */
export function lookAtRelay({ loaded }: Patient, running: RunningRelay, version: string): readonly Look[] {
  if (running.status === 'none') return [skipped('', 'No relay runs on this data folder.')];
  if (running.status === 'silent')
    return [
      warning(
        '',
        `A relay uses the data folder and can’t be asked: ${running.why}.`,
        'Run the doctor as the relay’s user; look at the relay’s log.',
      ),
    ];
  const { answer } = running;
  const revision = compilePolicy(loaded.config).revision;
  return [
    answer.ready
      ? fine('', `Version ${answer.version} runs and is ready.`)
      : failure('', `Version ${answer.version} runs and isn’t ready.`, 'What keeps it is told beside this.'),
    ...answer.problems.map((problem) =>
      failure('', problem, 'Look at what it names; the relay tries again by itself.'),
    ),
    ...(answer.auditHealthy
      ? []
      : [
          failure(
            '',
            'It can’t write its audit, and refuses all requests.',
            'See docs/operate.md, “The audit can’t be written”.',
          ),
        ]),
    ...(answer.version === version
      ? []
      : [
          warning(
            '',
            `It is version ${answer.version}; this command is ${version}.`,
            'Restart the relay, or run the command that belongs to it.',
          ),
        ]),
    ...(answer.policyRevision === revision
      ? []
      : [
          warning(
            '',
            'It goes by other rules than the file has.',
            'See whether the file was refused (relay configs list), or reload.',
          ),
        ]),
  ];
}
