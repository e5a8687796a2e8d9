import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A process of Vitest loads each module once from its server, as it isn't meant to outlive a run. Before each test file,
 * this hands it what the files have become that a run changes.
 */
interface LoadedModule {
  readonly meta?: { code?: string } | undefined;
}
interface VitestWorker {
  readonly evaluatedModules: { readonly idToModuleMap: ReadonlyMap<string, LoadedModule> };
}

const { evaluatedModules } = Reflect.get(globalThis, '__vitest_worker__') as VitestWorker;
const changed = JSON.parse(readFileSync(join(process.cwd(), '.mutate-changed.json'), 'utf8')) as Record<string, string>;
for (const [id, code] of Object.entries(changed)) {
  const meta = evaluatedModules.idToModuleMap.get(id)?.meta;
  if (meta?.code !== undefined) meta.code = code;
}
