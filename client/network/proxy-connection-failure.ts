import { connectionFailure } from './connection-failure.ts';
import { text } from '../../shared/messages/text.ts';
import { proxyName } from './proxy-for.ts';
import { ProxyFailure } from './proxy-failure.ts';

/** A proxy that gave no answer at all. */
export function proxyConnectionFailure(proxy: URL, error: unknown, late: boolean): ProxyFailure {
  const why = late ? text('connection.late') : (connectionFailure(error)?.words ?? (error as Error).message);
  const words = text('proxy-failure.unusable', { proxy: proxyName(proxy), why });
  return new ProxyFailure(words, { unreachable: true, cause: error });
}
