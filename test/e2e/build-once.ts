import { buildApp } from '../../build/build-app.ts';
import { describeRuntime } from '../support/launch-app.ts';

/** Builds the app before the first spec and says what the specs run on. */
export async function setup(): Promise<void> {
  process.stdout.write(`${describeRuntime()}\n`);
  await buildApp();
}
