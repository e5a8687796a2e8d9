import { timingSafeEqual } from 'node:crypto';
import { text } from '../../shared/messages/text.ts';

/** What a valid callback must look like. */
export interface ExpectedCallback {
  /** Exact `Host` header, for example `127.0.0.1:49152`. */
  readonly host: string;
  readonly path: string;
  readonly state: string;
  readonly issuer: string;
  /** Whether the provider promises `iss` in each answer (RFC 9207). */
  readonly issRequired: boolean;
}

/** `accept` and `provider-error` end the flow; `refuse` gets an error page and the flow goes on. */
export type CallbackVerdict =
  | { readonly type: 'accept'; readonly url: URL }
  | { readonly type: 'provider-error'; readonly error: string; readonly description: string | undefined }
  | { readonly type: 'refuse'; readonly status: 400 | 404 | 405 | 421; readonly reason: string };

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Decides about one request to the loopback callback (RFC 8252 §7.3, RFC 9207 §2.4, RFC 9700 §4). Anything that
 * isn't exactly the answer to this flow is refused, so that a stray or hostile page can neither end nor steer it.
 */
export function judgeCallback(
  request: { readonly method: string; readonly host: string | undefined; readonly target: string },
  expected: ExpectedCallback,
): CallbackVerdict {
  const refuse = (status: 400 | 404 | 405 | 421, reason: string): CallbackVerdict => ({
    type: 'refuse',
    status,
    reason,
  });
  if (request.host !== expected.host) return refuse(421, text('callback.other-host'));
  const [path, query = ''] = splitOnce(request.target, '?');
  if (path !== expected.path) return refuse(404, text('callback.nothing'));
  if (request.method !== 'GET') return refuse(405, text('callback.get'));
  const parameters = new URLSearchParams(query);
  for (const name of ['state', 'code', 'error', 'iss', 'error_description']) {
    if (parameters.getAll(name).length > 1) return refuse(400, text('callback.twice', { name }));
  }
  const state = parameters.get('state');
  if (state === null || !sameText(state, expected.state)) {
    return refuse(400, text('callback.other-sign-in'));
  }
  const iss = parameters.get('iss');
  if (iss === null ? expected.issRequired : iss !== expected.issuer) {
    return refuse(400, text('callback.other-issuer'));
  }
  const code = parameters.get('code');
  const error = parameters.get('error');
  if ((code === null) === (error === null) || code === '' || error === '') {
    return refuse(400, text('callback.neither'));
  }
  if (error !== null) {
    return { type: 'provider-error', error, description: parameters.get('error_description') ?? undefined };
  }
  return { type: 'accept', url: new URL(request.target, `http://${expected.host}`) };
}

function splitOnce(target: string, separator: string): [string, string?] {
  const at = target.indexOf(separator);
  return at === -1 ? [target] : [target.slice(0, at), target.slice(at + 1)];
}
