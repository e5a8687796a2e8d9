import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import type { Catalog } from '../../../shared/catalog.ts';
import type { DiscoveryDocument } from '../../../shared/discovery-document.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { problemDocument, problemMediaType } from '../../../shared/problem-document.ts';

/** A relay's discovery and catalog only, so that a test can make them wrong in ways that the real one never is. */
export interface SmallRelay {
  readonly url: string;
  /** Authorization headers and proofs of the catalog requests so far. */
  readonly seen: { authorization: string | undefined; proof: string | undefined }[];
  /** Resolves once the discovery document has been asked for this often. */
  didAnswer(times: number): Promise<void>;
  /** Changes what is answered from now on. */
  answer(change: Partial<SmallRelayAnswers>): void;
  close(): Promise<void>;
}

interface SmallRelayAnswers {
  readonly discovery: Partial<DiscoveryDocument> | undefined;
  readonly discoveryStatus: number;
  readonly clockOffsetMs: number;
  readonly catalogProblem: { readonly status: number; readonly code: ErrorCode } | undefined;
}

export function catalogFor(token: string): Catalog {
  const { sub = 'unknown', iss = '', groups } = decodeJwt(token);
  const entry = (id: string, access: 'open' | 'locked') => ({
    id,
    name: id,
    description: '',
    access,
    level: access === 'open' ? ('read' as const) : ('none' as const),
    unlockedBy: access === 'open' ? [] : ['finance'],
    permissions: [],
    examplePath: '/',
    allowedOrigins: [],
  });
  return {
    revision: '1',
    person: { subject: sub, issuer: iss, name: sub, groups: Array.isArray(groups) ? groups.map(String) : [] },
    apis: [entry('orders', 'open'), entry('inventory', 'open'), entry('payroll', 'locked')],
  };
}

export async function startSmallRelay(issuer: Partial<DiscoveryDocument['issuers'][number]>): Promise<SmallRelay> {
  let answers: SmallRelayAnswers = {
    discovery: undefined,
    discoveryStatus: 200,
    clockOffsetMs: 0,
    catalogProblem: undefined,
  };
  const seen: SmallRelay['seen'] = [];
  const asks = new EventEmitter();
  let asked = 0;
  const server = createServer((request, response) => answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function json(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/.well-known/causeway') {
      const document: DiscoveryDocument = {
        causeway: 1,
        name: 'Example Company',
        relayUrl: url,
        version: '0.1.0',
        tunnelProtocols: ['causeway.1'],
        time: new Date(Date.now() + answers.clockOffsetMs).toISOString(),
        issuers: [
          {
            name: 'Example Company',
            issuer: 'http://127.0.0.1:1',
            clientId: 'causeway-desktop',
            scopes: ['openid', 'profile', 'email', 'offline_access'],
            dpop: 'when-offered',
            redirectPorts: [],
            ...issuer,
          },
        ],
        ...answers.discovery,
      };
      json(response, answers.discoveryStatus, document);
      asked += 1;
      asks.emit('asked');
    } else if (request.url === '/v1/catalog') {
      const { authorization } = request.headers;
      seen.push({ authorization, proof: request.headers['dpop'] as string | undefined });
      const problem = answers.catalogProblem;
      if (problem) {
        json(response, problem.status, problemDocument(problem.code, problem.status, 'As told.'), problemMediaType);
      } else json(response, 200, catalogFor(authorization?.split(' ')[1] ?? ''));
    } else json(response, 404, {});
  }

  return {
    url,
    seen,
    async didAnswer(times) {
      while (asked < times) await once(asks, 'asked');
    },
    answer: (change) => {
      answers = { ...answers, ...change };
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
