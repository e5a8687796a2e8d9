import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programs } from '../../relay/programs/program-file.ts';
import { bundleProgram, type ProgramBundle } from '../packages/bundle-program.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Native add-ons that libraries use when present and do without otherwise; what is installed of them goes beside. */
export const optionalAddOns = ['bufferutil', 'utf-8-validate', 'pg-native', 'koffi/indirect'];

/**
 * Bundles the relay into a flat folder of ES modules: `main.js`, one file for each program that it starts, and what they
 * share.
 */
export function bundleRelay(outDir: string, version: string): Promise<ProgramBundle> {
  const entries = Object.entries(programs).map(([name, path]) => [name, join(project, 'relay', `${path}.ts`)]);
  const input = { main: join(project, 'relay/start/main.ts'), ...Object.fromEntries(entries) };
  return bundleProgram({ root: join(project, 'relay'), input, addOns: optionalAddOns, outDir, version });
}
