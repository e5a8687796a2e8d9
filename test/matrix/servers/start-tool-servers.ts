import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { runCommand } from '../run-command.ts';
import { startServerProcess, type ToolServer } from './tool-server.ts';

/** `hg serve` with an empty repository that takes pushes without TLS. */
export async function startMercurial(folder: string): Promise<ToolServer> {
  const port = await freePort();
  await runCommand(['hg', 'init', join(folder, 'project')]);
  const settings = ['web.push_ssl=False', 'web.allow_push=*'].flatMap((setting) => ['--config', setting]);
  const serve = ['hg', 'serve', '-R', join(folder, 'project'), '-a', '127.0.0.1', '-p', String(port), ...settings];
  return startServerProcess(serve, { port, cwd: folder, env: { HGRCPATH: '' } });
}

/** The Docker registry with an empty store, which takes deletions. */
export async function startDockerRegistry(folder: string): Promise<ToolServer> {
  const port = await freePort();
  const file = join(folder, 'registry.json');
  const storage = { filesystem: { rootdirectory: join(folder, 'store') }, delete: { enabled: true } };
  writeFileSync(
    file,
    JSON.stringify({ version: '0.1', log: { level: 'error' }, storage, http: { addr: `127.0.0.1:${port}` } }),
  );
  return startServerProcess(['docker-registry', 'serve', file], { port, cwd: folder });
}

/** etcd with an empty store, alone. */
export async function startEtcd(folder: string): Promise<ToolServer> {
  const [port, peerPort] = [await freePort(), await freePort()];
  const [url, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  const clients = ['--listen-client-urls', url, '--advertise-client-urls', url];
  const peers = ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer];
  const rest = ['--initial-cluster', `default=${peer}`, '--data-dir', join(folder, 'etcd')];
  return startServerProcess(['etcd', ...clients, ...peers, ...rest], { port, cwd: folder });
}

/** A Jupyter notebook server without a password, which checks `Host`, `Origin` and its cookie against forged requests. */
export async function startNotebook(folder: string): Promise<ToolServer> {
  const port = await freePort();
  mkdirSync(join(folder, 'notebooks'));
  const places = Object.fromEntries(
    ['HOME', 'JUPYTER_CONFIG_DIR', 'JUPYTER_DATA_DIR', 'JUPYTER_RUNTIME_DIR', 'IPYTHONDIR'].map((n) => [n, folder]),
  );
  const settings = ['--no-browser', '--ip=127.0.0.1', `--port=${port}`, '--port-retries=0', '--NotebookApp.token='];
  const serve = ['/usr/bin/jupyter-notebook', '--allow-root', ...settings, `--notebook-dir=${folder}/notebooks`];
  return startServerProcess(serve, { port, cwd: folder, env: places });
}
