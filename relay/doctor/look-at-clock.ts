import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fine, type Look, skipped, warning } from './finding.ts';
import { answerMs } from './in-time.ts';

/** What a program of this machine prints; rejects where there is none, or it fails. */
export type AskProgram = (program: string, programArguments: readonly string[]) => Promise<string>;

const run = promisify(execFile);
const noticedMs = 1000;
const advice = 'Switch NTP on (timedatectl set-ntp true), and look whether its servers can be reached (UDP 123).';

/** Asks a program that is there, but not for long. */
export const askProgram: AskProgram = async (program, programArguments) => {
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout } = await run(program, [...programArguments], { timeout: answerMs, env });
  return stdout;
};

/** Whether somebody sets this machine’s clock: what chrony says, or else systemd. */
export async function lookAtClock(ask: AskProgram = askProgram): Promise<readonly Look[]> {
  const found = (await said(ask, 'chronyc', ['-c', 'tracking'], chronyLooks)) ?? (await bySystemd(ask));
  return found ?? [skipped('', 'Neither chrony nor systemd says who sets this machine’s clock.')];
}

function bySystemd(ask: AskProgram): Promise<readonly Look[] | null> {
  return said(ask, 'timedatectl', ['show', '--property=NTPSynchronized', '--property=NTP'], systemdLooks);
}

async function said(
  ask: AskProgram,
  program: string,
  programArguments: readonly string[],
  looksOf: (output: string) => readonly Look[] | null,
): Promise<readonly Look[] | null> {
  try {
    return looksOf(await ask(program, programArguments));
  } catch {
    // It isn’t here, or nothing runs that it could ask.
    return null;
  }
}

/** One line of fields (chronyc(1), “-c”); the fifth is how far the clock is off in seconds, the last the leap status. */
function chronyLooks(output: string): readonly Look[] | null {
  const fields = output.trim().split(',');
  const [, source = '', , , offset = ''] = fields;
  if (fields.length < 14) return null;
  if (fields.at(-1) === 'Not synchronised')
    return [warning('chrony', 'chrony has no server that it could set this machine’s clock by.', advice)];
  const offMs = Math.abs(Number(offset)) * 1000;
  if (offMs > noticedMs)
    return [warning('chrony', `This machine’s clock is off by ${Math.round(offMs / 1000)} s, chrony says.`, advice)];
  return [fine('chrony', `chrony sets this machine’s clock by ${source}.`)];
}

/** Lines of KEY=VALUE (timedatectl(1)). */
function systemdLooks(output: string): readonly Look[] | null {
  const valueOf = (key: string): string | undefined => new RegExp(`^${key}=(?<value>.*)$`, 'm').exec(output)?.[1];
  const [isSet, isOn] = [valueOf('NTPSynchronized'), valueOf('NTP')];
  if (isSet === 'yes') return [fine('systemd', 'NTP sets this machine’s clock.')];
  if (isSet !== 'no') return null;
  const why = isOn === 'no' ? 'NTP is off' : 'NTP has found no server yet';
  return [warning('systemd', `Nobody sets this machine’s clock: ${why}.`, advice)];
}
