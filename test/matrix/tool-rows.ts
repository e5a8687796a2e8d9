import { fileURLToPath } from 'node:url';
import { startMatrixServer } from './matrix-server.ts';
import { apacheNeeds, startApache } from './servers/start-apache.ts';
import { startHelmetApp } from './servers/start-helmet-app.ts';
import { startNpmRegistry } from './servers/start-npm-registry.ts';
import { startDockerRegistry, startEtcd, startMercurial, startNotebook } from './servers/start-tool-servers.ts';
import type { ToolServer } from './servers/tool-server.ts';

/** A program together with the server it is made for; what its script prints is compared directly and through the relay. */
export interface ToolRow {
  /** As in the table of docs/tools.md, which says what the API needs in the configuration. */
  readonly name: string;
  readonly needs: readonly string[];
  readonly debian: readonly string[];
  readonly quick: boolean;
  /** HTTP/2 has no head that a {@link startRelayOnlyGate} could read. */
  readonly http2?: true;
  /** Reached through the relay by the API’s name, instead of the API’s own port. */
  readonly byName?: true;
  /** Starts a server with nothing in it, in a folder of its own. */
  start(folder: string): Promise<ToolServer>;
  command(base: string, bigFile: string): readonly string[];
  /** What differs between two runs of the program, whatever is in between. */
  readonly varies?: RegExp;
}

const script = (name: string): string => fileURLToPath(new URL(`tools/${name}`, import.meta.url));
const runs =
  (program: string, name: string) =>
  (base: string, bigFile: string): readonly string[] => [program, script(name), base, bigFile];
const apache = ['apache2', 'libapache2-mod-svn', 'subversion', 'git'];

/** Tools with servers of their own: version control, registries, WebDAV, gRPC, notebooks, forms in a browser. */
export const toolRows: readonly ToolRow[] = [
  {
    name: 'git',
    needs: [...apacheNeeds, '/usr/lib/git-core/git-http-backend', 'openssl'],
    debian: [...apache, 'openssl'],
    quick: true,
    start: startApache,
    command: runs('sh', 'git.sh'),
    // How many objects were sent when, and at which pace.
    varies: /^remote: .*\n?/gmu,
  },
  {
    name: 'svn',
    needs: [...apacheNeeds, 'svn'],
    debian: apache,
    quick: false,
    start: startApache,
    command: runs('sh', 'svn.sh'),
  },
  {
    name: 'hg',
    needs: ['hg'],
    debian: ['mercurial'],
    quick: false,
    start: startMercurial,
    command: runs('sh', 'hg.sh'),
  },
  {
    name: 'npm with scopes',
    needs: ['npm'],
    debian: ['npm'],
    quick: false,
    start: startNpmRegistry,
    command: runs('sh', 'npm.sh'),
    varies: /\bin \d+m?s\b/gu,
  },
  {
    name: 'skopeo and Docker registry',
    needs: ['skopeo', 'docker-registry'],
    debian: ['skopeo', 'docker-registry'],
    quick: false,
    start: startDockerRegistry,
    command: runs('sh', 'skopeo.sh'),
  },
  {
    name: 'litmus (WebDAV)',
    needs: [...apacheNeeds, 'litmus'],
    debian: [...apache, 'litmus'],
    quick: false,
    start: startApache,
    command: runs('sh', 'litmus.sh'),
  },
  {
    name: 'names with ;',
    needs: [...apacheNeeds, 'curl'],
    debian: [...apache, 'curl'],
    quick: false,
    start: startApache,
    command: runs('sh', 'semicolon.sh'),
  },
  {
    name: 'etcdctl (gRPC)',
    needs: ['etcd', 'etcdctl', 'bash'],
    debian: ['etcd-server', 'etcd-client'],
    quick: false,
    http2: true,
    start: startEtcd,
    command: runs('bash', 'etcdctl.sh'),
  },
  {
    name: 'Jupyter notebook',
    needs: ['/usr/bin/jupyter-notebook', 'python3:tornado', 'python3:ipykernel'],
    debian: ['jupyter-notebook', 'python3-tornado', 'python3-ipykernel'],
    quick: false,
    start: startNotebook,
    command: runs('/usr/bin/python3', 'notebook.py'),
  },
  {
    name: 'names that don’t resolve',
    needs: ['curl', 'wget', 'python3', 'java'],
    debian: ['curl', 'wget', 'python3', 'default-jdk-headless'],
    quick: false,
    byName: true,
    start: () => startMatrixServer('http1'),
    command: runs('sh', 'names.sh'),
  },
  {
    name: 'form under helmet, in a browser',
    needs: ['chromium'],
    debian: ['chromium'],
    quick: false,
    start: startHelmetApp,
    command: (base) => [process.execPath, script('helmet-form.ts'), base],
  },
];
