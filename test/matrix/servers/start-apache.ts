import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { startServerProcess, type ToolServer } from './tool-server.ts';

const modules = '/usr/lib/apache2/modules';
const names = [
  'mpm_prefork',
  'authz_core',
  'authn_core',
  'authn_file',
  'authz_user',
  'auth_basic',
  'alias',
  'env',
  'setenvif',
  'mime',
  'cgi',
  'dav',
  'dav_fs',
  'dav_svn',
];
const isRoot = process.getuid?.() === 0;

const apacheConfig = (folder: string, port: number): string => `
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
TypesConfig /etc/mime.types
${names.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
${isRoot ? 'User www-data\nGroup www-data' : ''}
DocumentRoot ${folder}/files
DavLockDB ${folder}/locks/dav
MaxKeepAliveRequests 0
AllowEncodedSlashes NoDecode
<Location /dav>
  Dav On
</Location>
<Location /svn>
  DAV svn
  AuthType Basic
  AuthName Subversion
  AuthUserFile ${folder}/passwords
  Require valid-user
  SVNPath ${folder}/svn
  SVNAdvertiseV2Protocol On
</Location>
SetEnv GIT_PROJECT_ROOT ${folder}/git
SetEnv GIT_HTTP_EXPORT_ALL 1
SetEnvIf Git-Protocol ".+" GIT_PROTOCOL=$0
ScriptAlias /git/ /usr/lib/git-core/git-http-backend/
`;

/** What Debian’s packages must have brought for {@link startApache}. */
export const apacheNeeds = ['/usr/sbin/apache2', `${modules}/mod_dav_svn.so`, 'svnadmin', 'git'] as const;

/** Apache with WebDAV at `/dav/`, an empty Subversion repository for alice at `/svn`, and git’s at `/git/project.git`. */
export async function startApache(folder: string): Promise<ToolServer> {
  const port = await freePort();
  for (const name of ['files/dav', 'locks', 'git']) mkdirSync(join(folder, name), { recursive: true });
  execFileSync('svnadmin', ['create', join(folder, 'svn')]);
  const hash = createHash('sha1').update('secret').digest('base64');
  writeFileSync(join(folder, 'passwords'), `alice:{SHA}${hash}\n`);
  const repository = join(folder, 'git/project.git');
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', repository]);
  execFileSync('git', ['-C', repository, 'config', 'http.receivepack', 'true']);
  if (isRoot) {
    chmodSync(folder, 0o755);
    execFileSync('chown', ['-R', 'www-data:www-data', folder]);
  }
  const file = join(folder, 'apache.conf');
  writeFileSync(file, apacheConfig(folder, port));
  return startServerProcess(['/usr/sbin/apache2', '-d', folder, '-f', file, '-DFOREGROUND'], { port, cwd: folder });
}
