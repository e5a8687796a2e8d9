import type { IncomingMessage } from 'node:http';
import { Agent, request as httpRequest } from 'node:http';
import type { AdminDocument } from '../relay/admin/support/admin-document.ts';
import { createAnswerChecker } from '../relay/admin/support/check-answer.ts';
import { madeUpRequest, type MadeUpRequest } from './made-up-request.ts';
import { randomFrom } from './random.ts';

export interface FuzzOptions {
  readonly port: number;
  readonly document: AdminDocument;
  /** Access tokens of operators who may do all; several, because one may ask only so often. */
  readonly tokens: readonly string[];
  readonly seed: number;
  /** Whether to go on after so many requests. */
  readonly goesOn: (sent: number) => boolean;
}

/** What a run has found. */
export interface FuzzResult {
  readonly sent: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** The first few requests whose answer was wrong, with what was. */
  readonly failures: readonly { readonly request: MadeUpRequest; readonly problems: readonly string[] }[];
}

interface Answered {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}

const patienceMs = 60_000;
const mostFailures = 5;
const atOnce = 4;

/**
 * Sends made-up requests until told to stop, or until some have failed: an answer of 500, none in a minute, or one that isn't
 * as the document says. The same requests for the same seed.
 */
export async function runFuzz({ port, document, tokens, seed, goesOn }: FuzzOptions): Promise<FuzzResult> {
  const random = randomFrom(seed);
  const check = createAnswerChecker(document);
  // On a connection of its own, so that each request has an answer of its own.
  const agent = new Agent({ keepAlive: false });
  const statuses: Record<string, number> = {};
  const failures: { request: MadeUpRequest; problems: readonly string[] }[] = [];
  let sent = 0;

  const one = async (): Promise<void> => {
    const request = madeUpRequest(document, random);
    const token = tokens[sent % tokens.length] ?? '';
    sent += 1;
    const answer = await send(port, agent, request, token).catch((error: unknown) => String(error));
    const problems = typeof answer === 'string' ? [answer] : problemsOf(check, request, answer);
    const status = typeof answer === 'string' ? 'none' : String(answer.status);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (problems.length > 0) failures.push({ request, problems });
  };
  const worker = async (): Promise<void> => {
    while (goesOn(sent) && failures.length < mostFailures) await one();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  agent.destroy();
  return { sent, statuses, failures };
}

function problemsOf(
  check: ReturnType<typeof createAnswerChecker>,
  { method, path }: MadeUpRequest,
  answer: Answered,
): readonly string[] {
  if (answer.status === 500 || answer.status === 501 || answer.status === 502)
    return [`${answer.status}: ${answer.body}`];
  if (method === 'HEAD' || answer.status === 304 || answer.contentType === 'text/event-stream') return [];
  return check({ method, path, ...answer });
}

function send(
  port: number,
  agent: Agent,
  { method, path, headers, body }: MadeUpRequest,
  token: string,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const all = {
      authorization: `Bearer ${token}`,
      ...headers,
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    };
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers: all, agent });
    const timer = setTimeout(() => sent.destroy(new Error('there was no answer in a minute')), patienceMs);
    sent.once('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true;
      if (isStream) {
        // It would go on for an hour.
        clearTimeout(timer);
        response.destroy();
        resolve({ status: response.statusCode ?? 0, contentType: 'text/event-stream', body: '' });
        return;
      }
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        clearTimeout(timer);
        const contentType = response.headers['content-type'];
        resolve({ status: response.statusCode ?? 0, contentType, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    sent.end(body);
  });
}
