import type { LoadOptions } from '../config/load-config.ts';
import { type CheckName, checkNames, failure, fine, type Finding, type Look } from './finding.ts';
import { inTime, lookMs } from './in-time.ts';
import { lookAtAudit } from './look-at-audit.ts';
import { lookAtBreakGlass } from './look-at-break-glass.ts';
import { lookAtCertificates } from './look-at-certificates.ts';
import { type AskProgram, lookAtClock } from './look-at-clock.ts';
import { lookAtConfig } from './look-at-config.ts';
import { lookAtDescriptors } from './look-at-descriptors.ts';
import { lookAtDisk } from './look-at-disk.ts';
import { lookAtFiles } from './look-at-files.ts';
import { lookAtNames } from './look-at-names.ts';
import { lookAtPorts } from './look-at-ports.ts';
import { lookAtProviders } from './look-at-providers.ts';
import { lookAtRedis } from './look-at-redis.ts';
import { lookAtRelay } from './look-at-relay.ts';
import { lookAtSinks } from './look-at-sinks.ts';
import { lookAtStorage } from './look-at-storage.ts';
import { lookAtUpstreams } from './look-at-upstreams.ts';
import { readPatient } from './patient.ts';
import { findRunningRelay } from './running-relay.ts';

export interface DoctorOptions {
  readonly configPath: string;
  readonly version: string;
  /** Name of the operators’ socket in the data folder. */
  readonly socketName: string;
  readonly load?: LoadOptions;
  /** Time until a record is durable from which on the disk counts as slow, milliseconds. */
  readonly slowDiskMs?: number;
  /** How programs that know of this machine’s clock are asked. */
  readonly askProgram?: AskProgram;
}

/** Names and APIs are many; what isn’t looked at by then is told. */
const manyMs = 20_000;

/**
 * Looks at a relay from this machine: all checks at once, each look bounded in time. Changes nothing, and tells no secret.
 * @returns findings in the order of `checkNames`
 */
export async function runDoctor({
  configPath,
  version,
  socketName,
  load = {},
  slowDiskMs,
  askProgram,
}: DoctorOptions): Promise<readonly Finding[]> {
  const nowMs = Date.now();
  const untilMs = performance.now() + manyMs;
  const patient = await readPatient(configPath, load);
  const running =
    patient === null
      ? ({ status: 'none' } as const)
      : await findRunningRelay(patient.loaded.config.relay.data, socketName);
  type Check = (of: NonNullable<typeof patient>) => readonly Look[] | Promise<readonly Look[]>;
  const checks: Readonly<Record<Exclude<CheckName, 'version' | 'config'>, Check>> = {
    files: (of) => lookAtFiles(of, socketName),
    disk: (of) => lookAtDisk(of, slowDiskMs),
    audit: lookAtAudit,
    descriptors: (of) => lookAtDescriptors(of),
    ports: (of) => lookAtPorts(of, running),
    relay: (of) => lookAtRelay(of, running, version),
    certificates: (of) => lookAtCertificates(of, nowMs),
    clock: () => lookAtClock(askProgram),
    names: (of) => lookAtNames(of, untilMs),
    providers: lookAtProviders,
    'break-glass': (of) => lookAtBreakGlass(of),
    storage: lookAtStorage,
    redis: lookAtRedis,
    upstreams: (of) => lookAtUpstreams(of, untilMs, nowMs),
    sinks: (of) => lookAtSinks(of, running, nowMs),
  };
  const found = await Promise.all(
    checkNames.map(async (check): Promise<readonly Finding[]> => {
      const looks = await lookAt(check);
      return looks.map((look) => ({ check, ...look }));
    }),
  );
  return found.flat();

  async function lookAt(check: CheckName): Promise<readonly Look[]> {
    if (check === 'version')
      return [fine('', `Causeway ${version} on Node ${process.versions.node}, ${process.platform} ${process.arch}.`)];
    if (check === 'config') return lookAtConfig(configPath, load);
    if (patient === null) return [];
    const isOfMany = check === 'names' || check === 'upstreams';
    const looked = await inTime(async () => checks[check](patient), isOfMany ? manyMs + lookMs : lookMs + 500);
    if (looked.status === 'done') return looked.result;
    const why = looked.status === 'late' ? 'it took too long' : String(looked.error);
    return [failure('', `It can’t be looked at: ${why}.`, 'Look at this machine’s disk and network.')];
  }
}
