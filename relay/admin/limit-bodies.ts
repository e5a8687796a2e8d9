import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AdminEnv } from './admin-env.ts';
import { UnfitRequest } from './admin-problem.ts';

const maxBodyBytes = 65_536;
const maxConfigBodyBytes = 5_242_880;
/** What takes the text of a config, or the checkpoints of an audit. */
const takeConfigs: ReadonlySet<string> = new Set([
  '/admin/v1/config/check',
  '/admin/v1/policy/what-if',
  '/admin/v1/audit/verify-onwards',
]);

/** Refuses bodies that are too large. After callers are known: bodies without a length are read whole, and kept. */
export function limitBodies(): MiddlewareHandler<AdminEnv> {
  const [few, many] = [limitTo(maxBodyBytes), limitTo(maxConfigBodyBytes)];
  return (context, next) => (takeConfigs.has(context.req.path) ? many : few)(context, next);
}

function limitTo(maxSize: number): MiddlewareHandler<AdminEnv> {
  const onError = (): never => {
    throw new UnfitRequest('body-too-large', `A request’s body may have ${maxSize} bytes at most here.`);
  };
  return bodyLimit({ maxSize, onError });
}
