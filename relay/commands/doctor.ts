import { type CheckName, exitCodeOf, type Finding, type Verdict } from '../doctor/finding.ts';
import { type DoctorOptions, runDoctor } from '../doctor/run-doctor.ts';
import type { AtRelay, RunningRelay } from './running-relay.ts';

const titles: Readonly<Record<CheckName, string>> = {
  version: 'Version',
  config: 'Config',
  files: 'Keys and files',
  disk: 'Disk',
  audit: 'Audit',
  descriptors: 'Open files',
  ports: 'Ports',
  relay: 'Running relay',
  certificates: 'Certificates',
  clock: 'Clock',
  names: 'Names (DNS)',
  providers: 'Providers',
  'break-glass': 'Emergency accounts',
  storage: 'Storage (PostgreSQL)',
  redis: 'Redis',
  upstreams: 'Upstreams',
  sinks: 'Sinks',
};

const marks: Readonly<Record<Verdict, string>> = { fine: 'ok', warning: 'WARN', error: 'FAIL', skipped: '-' };

/**
 * Looks at a relay and all that it needs, and writes what was found and what to do: text, or one JSON object.
 * Exit code 0 when nothing is wrong, 1 when something doesn’t work, 3 for warnings alone.
 */
export async function doctorCommand(
  options: (DoctorOptions | AtRelay) & { readonly json: boolean; readonly write: (text: string) => void },
): Promise<0 | 1 | 3> {
  const { json, write } = options;
  const findings = 'relay' in options ? await findingsAt(options.relay) : await runDoctor(options);
  write(json ? `${JSON.stringify({ findings })}\n` : shown(findings));
  return exitCodeOf(findings);
}

async function findingsAt(relay: RunningRelay): Promise<readonly Finding[]> {
  return ((await relay.post('/admin/v1/relay/doctor')) as { readonly findings: readonly Finding[] }).findings;
}

function shown(findings: readonly Finding[]): string {
  const count = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length;
  const lines: string[] = [];
  let before: CheckName | null = null;
  for (const { check, subject, verdict, found, advice } of findings) {
    if (check !== before) lines.push(titles[check]);
    before = check;
    lines.push(`  ${marks[verdict].padEnd(5)}${subject === '' ? '' : `${subject}: `}${found}`);
    if (advice !== null) lines.push(`       → ${advice}`);
  }
  const [errors, warnings] = [count('error'), count('warning')];
  const end = errors + warnings === 0 ? 'Nothing is wrong.' : `Failures: ${errors}. Warnings: ${warnings}.`;
  return `${lines.join('\n')}\n\n${end}\n`;
}
