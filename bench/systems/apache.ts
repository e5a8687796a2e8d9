import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import { findProgram } from '../measure/find-program.ts';
import { startProgram, type BenchProcess } from '../start-process.ts';
import type { BenchWorld } from './bench-system.ts';

const modulesDir = '/usr/lib/apache2/modules';
const modules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc', 'proxy', 'proxy_http'];

/**
 * Starts an Apache of our own as an OAuth 2 resource server (mod_auth_openidc): it checks signature and lifetime of the
 * same access token and asks for the same group, then forwards to the upstream. Null where it isn't installed.
 */
export async function startApache(world: BenchWorld): Promise<(BenchProcess & { readonly port: number }) | null> {
  const apache = findProgram('apache2');
  if (apache === null || !existsSync(join(modulesDir, 'mod_auth_openidc.so'))) return null;
  const dir = join(world.dir, 'apache');
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const port = await freePort();
  const keyPath = join(dir, 'issuer-key.pem');
  writeFileSync(keyPath, world.signingKey.pem);
  const isRoot = process.getuid?.() === 0;
  writeFileSync(
    join(dir, 'apache.conf'),
    [
      `ServerRoot ${dir}`,
      'ServerName 127.0.0.1',
      `Listen 127.0.0.1:${port}`,
      `PidFile ${join(dir, 'apache.pid')}`,
      `DefaultRuntimeDir ${dir}`,
      `ErrorLog ${join(dir, 'error.log')}`,
      'LogLevel error',
      ...modules.map((name) => `LoadModule ${name}_module ${join(modulesDir, `mod_${name}.so`)}`),
      ...(isRoot ? ['User www-data', 'Group www-data'] : []),
      'KeepAlive On',
      'MaxKeepAliveRequests 0',
      'StartServers 2',
      'ThreadsPerChild 64',
      'MaxRequestWorkers 256',
      // Its JWKS setting insists on https, so the provider's present key is given as a file.
      `OIDCOAuthVerifyCertFiles ${world.signingKey.kid}#${keyPath}`,
      'OIDCOAuthAcceptTokenAs header',
      'OIDCOAuthRemoteUserClaim sub',
      'OIDCCryptoPassphrase bench-only-passphrase',
      '<Location />',
      '  AuthType oauth20',
      '  <RequireAll>',
      '    Require valid-user',
      `    Require claim iss:${world.issuer}`,
      `    Require claim aud:${world.audience}`,
      '    Require claim groups:developers',
      '  </RequireAll>',
      `  ProxyPass http://127.0.0.1:${world.upstreamPort}/`,
      '</Location>',
      '',
    ].join('\n'),
  );
  const server = await startProgram(apache, ['-f', join(dir, 'apache.conf'), '-DFOREGROUND'], port);
  return { ...server, port };
}
