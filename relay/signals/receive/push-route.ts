import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { AccessError } from '../../../shared/errors.ts';
import { problemDocument } from '../../../shared/problem-document.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import { readAtMost } from '../../bytes/read-at-most.ts';
import type { TransmitterConfig } from '../../config/signals-schema.ts';
import { callerAddress } from '../../http/caller-address.ts';
import { sendProblem } from '../../http/problem-response.ts';
import type { Route } from '../../http/public/route.ts';
import { recordRefusal } from '../../identity/authenticate-caller.ts';
import { TryLaterError } from '../../identity/try-later-error.ts';
import type { Receiver } from './receive-set.ts';
import { type SetError, SetRefusal } from '../set-refusal.ts';

/** Where transmitters push events, with the name of one behind it. */
export const signalsPath = '/v1/signals';

/** A transmitter that may push. */
export interface PushedTo {
  readonly config: TransmitterConfig;
  readonly receiver: Receiver;
}

export interface PushRouteOptions {
  readonly find: (name: string) => PushedTo | undefined;
  readonly audit: AuditLog;
  /** Largest token, bytes. */
  readonly maxBytes: number;
}

/**
 * Takes pushed events (RFC 8935): 202 when what a token tells of is in force, 400 with a code when it is never taken, 401 for
 * who isn’t the transmitter, 503 when it may be taken later. Each refusal is recorded.
 */
export function createPushRoute({ find, audit, maxBytes }: PushRouteOptions): Route {
  return {
    method: 'POST',
    path: `${signalsPath}/:name`,
    ofProviders: true,
    access: 'anyone',
    async answer({ request, response, parameters: { name = '' } }) {
      const found = find(name);
      if (found?.config.push === undefined) {
        sendProblem(response, problemDocument('bad-request', 404, 'The relay has nothing at this address.'));
        return;
      }
      // A request whose body was left unread has no connection any more.
      const from = callerAddress(request);
      const refuse = async (status: 400 | 401 | 413, err: SetError, description: string, token = ''): Promise<void> => {
        const refusal = new AccessError('token-rejected', `A token of ${name} isn’t taken: ${description}`);
        const failure = await recordRefusal(audit, from, token, refusal, 'event');
        if (failure === null) answer(response, status, { err, description });
        else later(response, failure);
      };
      if (!isTransmitter(request, found.config.push)) {
        await refuse(401, 'authentication_failed', 'It doesn’t come from the transmitter (bearer or certificate).');
        return;
      }
      if (mediaType(request) !== 'application/secevent+jwt') {
        await refuse(400, 'invalid_request', 'The body must be application/secevent+jwt.');
        return;
      }
      const body = await readAtMost(request, maxBytes);
      if (body === null) {
        await refuse(413, 'invalid_request', `The token is larger than ${maxBytes} bytes.`);
        return;
      }
      const token = body.toString('latin1');
      try {
        await found.receiver.receive(token);
        answer(response, 202);
      } catch (error) {
        if (error instanceof SetRefusal) await refuse(400, error.err, error.message, token);
        else if (error instanceof AccessError) later(response, error);
        else throw error;
      }
    },
  };
}

/** All that the config demands must hold. */
function isTransmitter(request: IncomingMessage, push: NonNullable<TransmitterConfig['push']>): boolean {
  const { bearer, certificates } = push;
  if (bearer !== undefined && !bearer.some((secret) => isSame(secret, bearerOf(request)))) return false;
  return certificates === undefined || certificates.includes(certificateOf(request) ?? '');
}

function bearerOf(request: IncomingMessage): string {
  const values = request.headersDistinct['authorization'];
  return values?.length === 1 ? (/^bearer +(\S+)$/i.exec(values[0] ?? '')?.[1] ?? '') : '';
}

/** In the same time, wherever they differ. */
function isSame(secret: string, given: string): boolean {
  const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
  return timingSafeEqual(digest(secret), digest(given));
}

function certificateOf({ socket }: IncomingMessage): string | undefined {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate === undefined ? undefined : hash('sha256', certificate.raw, 'hex');
}

function mediaType(request: IncomingMessage): string | undefined {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
}

function later(response: ServerResponse, error: AccessError): void {
  const seconds = error instanceof TryLaterError ? error.retryAfterSeconds : 5;
  answer(
    response,
    503,
    { err: 'invalid_request', description: 'The token can’t be taken now; send it again.' },
    { 'Retry-After': String(seconds) },
  );
}

function answer(
  response: ServerResponse,
  status: number,
  body: { readonly err: SetError; readonly description: string } | null = null,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = body === null ? '' : JSON.stringify(body);
  response.writeHead(status, {
    ...(body === null ? {} : { 'Content-Type': 'application/json', 'Content-Language': 'en' }),
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    ...headers,
    // Of a refused request the body may still be on its way.
    ...(status === 202 ? {} : { Connection: 'close' }),
  });
  response.end(text);
}
