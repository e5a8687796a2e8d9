import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { problemDocument } from '../../../shared/problem-document.ts';
import type { Identity } from '../../identity/identity.ts';
import { sendProblem } from '../problem-response.ts';
import { answerFailure } from '../answer-failure.ts';

/** A request for one of the relay’s own endpoints. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without the query. */
  readonly path: string;
  /** What stands in the path for the names of the route’s. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * One of the relay’s own endpoints. In its path, `:name` stands for a segment of letters, digits, `-` and `_`. What
 * `answer` throws goes to the one handler of errors.
 */
export type Route = {
  /** GET answers HEAD as well. */
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /**
   * Answers locked addresses, too: what comes here proves itself, and comes from addresses that a provider’s customers share,
   * so that one of them could keep what is told of another’s people away.
   */
  readonly ofProviders?: true;
} & (
  | { readonly access: 'anyone'; readonly answer: (asked: Asked) => void | Promise<void> }
  | { readonly access: 'signed-in'; readonly answer: (asked: Asked, identity: Identity) => void | Promise<void> }
);

export interface RouterOptions {
  readonly log: Logger;
  readonly routes: readonly Route[];
  /** Who asks; null when that was refused and answered. */
  readonly callerOf: (asked: Asked) => Promise<Identity | null>;
}

/** Answers by the table; 404 for a path that isn’t in it, 405 for a method that its path doesn’t take. */
export function createRouter({
  log,
  routes,
  callerOf,
}: RouterOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const compiled = routes.map((route) => ({ route, pattern: patternOf(route.path) }));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const allowed = new Set<string>();
    for (const { route, pattern } of compiled) {
      const match = pattern.exec(path);
      if (match === null) continue;
      if (route.method !== method) {
        allowed.add(route.method);
        continue;
      }
      const asked: Asked = { request, response, path, parameters: { ...match.groups } };
      if (route.access === 'anyone') await route.answer(asked);
      else {
        const identity = await callerOf(asked);
        if (identity !== null) await route.answer(asked, identity);
      }
      return;
    }
    refuse(response, method, allowed);
  }

  return (request, response) => {
    answer(request, response).catch((error: unknown) => answerFailure(log, request, response, error));
  };
}

function refuse(response: ServerResponse, method: string | undefined, allowed: ReadonlySet<string>): void {
  if (allowed.size === 0 && method === 'GET') {
    sendProblem(response, problemDocument('bad-request', 404, 'The relay has nothing at this address.'));
    return;
  }
  const methods = [...(allowed.size === 0 ? ['GET'] : allowed)].flatMap((one) =>
    one === 'GET' ? ['GET', 'HEAD'] : one,
  );
  const detail = `This address takes only ${methods.join(', ')}.`;
  const problem = problemDocument('method-not-supported', 405, detail);
  sendProblem(response, problem, { Allow: methods.join(', '), Connection: 'close' });
}

/** What a route answers, of which only the path is looked at. */
export function patternOf(path: string): RegExp {
  const source = path
    .split('/')
    .map((part) => (part.startsWith(':') ? `(?<${part.slice(1)}>[\\w-]{1,64})` : part.replaceAll('.', '\\.')))
    .join('/');
  return new RegExp(`^${source}$`);
}
