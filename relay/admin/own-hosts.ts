import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { MiddlewareHandler } from 'hono';
import { isLoopbackHost } from '../../shared/loopback-host.ts';
import { problemDocument } from '../../shared/problem-document.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { AdminEnv } from './admin-env.ts';
import { answerProblem } from './admin-problem.ts';

/** What names the operators’ port can have. */
export type OwnHosts = Pick<LoadedConfig, 'adminTls'> & {
  readonly config: Pick<LoadedConfig['config'], 'admin' | 'relay'>;
};

/**
 * Answers only under a name of the port’s own what needs no sign-in: a page whose name was made to lead here (DNS rebinding) is
 * of the same origin, and would read it. Nobody makes an IP address lead elsewhere.
 * @param own null where no browser comes
 */
export function demandOwnHost(own: (() => OwnHosts) | null): MiddlewareHandler<AdminEnv> {
  return async (context, next) => {
    const host = context.req.header('host') ?? '';
    if (own === null || isOwnHost(host, own())) return next();
    const detail = `“${host.slice(0, 200)}” is no name of this port. Use an IP address, the host of admin.url, or a name in its certificate.`;
    return answerProblem(context, problemDocument('bad-request', 421, detail));
  };
}

/** Whether a `Host` is an IP address, or a name of this machine, of the config’s addresses or of the certificate. */
export function isOwnHost(host: string, { config, adminTls }: OwnHosts): boolean {
  const name = nameOf(`http://${host}`);
  if (name === null) return false;
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || isLoopbackHost(name)) return true;
  const { relay, admin } = config;
  const names = [relay.url, admin?.url ?? '', `http://${admin?.listen.host}`, `http://${hostname()}`];
  if (names.some((url) => nameOf(url) === name)) return true;
  return adminTls !== undefined && new X509Certificate(adminTls.cert).checkHost(name) !== undefined;
}

function nameOf(url: string): string | null {
  const parsed = URL.parse(url);
  return parsed === null || parsed.hostname === '' ? null : parsed.hostname.replace(/\.$/, '');
}
