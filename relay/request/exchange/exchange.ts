import type { Duplex, Readable } from 'node:stream';
import type { ActivityEntry } from '../../../shared/activity.ts';
import { AccessError, type ErrorCode } from '../../../shared/errors.ts';
import { problemDocument } from '../../../shared/problem-document.ts';
import type { Reason } from '../../../shared/reason.ts';
import type { AuditCaller, AuditLog } from '../../audit/audit-record.ts';
import type { FurtherRequest } from '../../policy/decide-all.ts';
import type { UpgradeProtocol } from '../../config/values/upgrade-protocol.ts';
import { sendProblem } from '../../http/problem-response.ts';
import type { Decision, ToldDecision } from '../../policy/decision.ts';
import type { StreamSocket } from '../../tunnel/stream-socket.ts';
import type { ActiveExchange } from '../../tunnel/tunnel-session.ts';
import { userAgentOf } from '../../recorded/user-agent.ts';
import type { RequestWatch } from '../../watch/request-watch.ts';
import { leaveUnread } from './unread-body.ts';

/** What was decided, and what of it the caller may know. */
interface Verdict {
  readonly decision: Decision;
  readonly told: ToldDecision;
}

/** Why a request goes no further, before or instead of a policy decision. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string;
  /** What `detail` says, as codes. */
  readonly reasons?: readonly Reason[];
  /** The connection can't be trusted to be in step any more. */
  readonly close?: boolean;
  /** Headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What refused it, for the audit, where that has a name: `lock:<id>`. */
  readonly rule?: string;
  /** When the count starts anew, for a limit; milliseconds since the epoch. */
  readonly resetsAtMs?: number;
}

/** A request as HTTP/1.1 and HTTP/2 alike give it; `rawHeaders` are names and values in turn, `host` among them. */
export interface RequestSource extends Readable {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
  /** The body has been received to its end. */
  readonly complete: boolean;
  /** What makes it malformed though its parser let it pass, in words; null when nothing does. HTTP/2 only. */
  readonly fault?: string | null;
}

/** Where an answer goes, as HTTP/1.1 and HTTP/2 alike take it. */
export interface AnswerSink {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableFinished: boolean;
  /** HTTP/1.1 only: false closes the connection behind the answer. */
  shouldKeepAlive?: boolean;
  writeHead(status: number, statusMessage: string, headers: string[]): unknown;
  writeContinue(): void;
  /** HTTP/2 only: no more of the request's body is wanted, behind the whole answer (RFC 9113 §8.1). */
  stopBody?(): void;
  /**
   * An answer before the answer, other than 100 (Continue); `headers` are names and values in turn.
   * @throws when a name or a value isn’t allowed
   */
  writeInterim(status: number, headers: readonly string[]): void;
  flushHeaders(): void;
  write(chunk: Buffer): boolean;
  addTrailers(trailers: Record<string, string | string[]>): void;
  destroy(error?: Error): unknown;
  end(callback?: () => void): unknown;
  end(body: string | Buffer, callback?: () => void): unknown;
  once(event: 'close' | 'drain', listener: () => void): unknown;
}

/** A request that the parser has handed over, with what the wire says besides. */
export interface Incoming {
  readonly request: RequestSource;
  readonly response: AnswerSink;
  readonly socket: StreamSocket;
  readonly http2: boolean;
}

/** A request to switch to another protocol (RFC 9110 §7.8). */
export interface IncomingUpgrade extends Incoming {
  readonly protocol: UpgradeProtocol;
  /** The connection behind the request's body, which may not have come to its end. */
  readonly carried: Duplex;
}

const pendingAfterMs = 150;

/** One HTTP request from its head to its recorded outcome. */
export class Exchange implements ActiveExchange {
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly request: RequestSource;
  readonly response: AnswerSink;
  readonly socket: StreamSocket;
  readonly http2: boolean;
  readonly caller: AuditCaller;
  api = '';
  method: string;
  path = '';
  further: readonly FurtherRequest[] = noFurther;
  /** Values of the query parameters that are recorded; undefined for none. */
  query: Readonly<Record<string, readonly string[]>> | undefined = undefined;
  /** The relay's own headers for the answer, whoever gives it: names and values in turn. */
  answerHeaders: readonly string[] = noHeaders;
  /** The caller waits for 100 (Continue) before it sends its body, and has not had it. */
  continueOwed = false;
  requestBytes = 0;
  responseBytes = 0;
  status: number | null = null;
  place = -1;
  /** Ends its being counted among its person's requests at the API. */
  giveBack: (() => void) | null = null;
  /** Looks on, for the few requests that somebody wants to know more of. */
  watch: RequestWatch | null = null;
  /** Null until something was decided on it. */
  #verdict: Verdict | null = null;
  readonly #audit: AuditLog;
  #finished = false;
  /** Of the problem that the relay answered with, instead of the API. */
  #answeredCode: ErrorCode | undefined = undefined;
  /** The person sees it as under way. */
  #shown = false;
  #deadline: NodeJS.Timeout | null = null;

  constructor(requestId: string, startedAtMs: number, incoming: Incoming, audit: AuditLog) {
    this.requestId = requestId;
    this.startedAtMs = startedAtMs;
    this.request = incoming.request;
    this.response = incoming.response;
    this.socket = incoming.socket;
    this.socket.didBegin();
    this.http2 = incoming.http2;
    this.caller = incoming.socket.session.caller;
    this.method = incoming.request.method ?? '';
    this.#audit = audit;
    this.socket.session.exchanges.add(this);
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** A decision on it is recorded, or on its way there. */
  get decided(): boolean {
    return this.#verdict !== null;
  }

  get allowed(): boolean {
    return this.#verdict?.decision.effect === 'allow';
  }

  /**
   * Queues the record of the decision; `done` comes when it is durable, or with the reason why it can't be.
   * @param told what the caller may know of it
   * @param code of a denial: the problem that the caller is told
   */
  record(
    decision: Decision,
    policyRevision: string,
    done: (error: Error | null) => void,
    told: ToldDecision = decision,
    code?: ErrorCode,
  ): void {
    this.#verdict = { decision, told };
    const { watch } = this;
    this.#audit.append(
      {
        type: 'decision',
        requestId: this.requestId,
        timeMs: this.startedAtMs,
        caller: this.caller,
        api: this.api,
        method: this.method,
        path: this.path,
        effect: decision.effect,
        rule: decision.rule,
        reason: decision.reason,
        policyRevision,
        userAgent: userAgentOf(this.request.rawHeaders),
        grant: decision.effect === 'allow' ? decision.grant : undefined,
        code,
        query: this.query,
      },
      watch === null
        ? done
        : (error) => {
            watch.recorded(error);
            done(error);
          },
    );
    this.socket.session.activity.didBegin();
  }

  /** For the activity: shown as under way once, when it has lasted for a while. */
  takePendingEntry(): ActivityEntry | null {
    if (this.#shown || this.#verdict === null || Date.now() - this.startedAtMs < pendingAfterMs) return null;
    this.#shown = true;
    return this.#entry(this.#verdict.told, 'pending', null);
  }

  /** Queues the record of how it ended; the first call counts. */
  finish(outcome: 'completed' | 'aborted' | 'unknown', detail: string | null = null): void {
    if (this.#finished) return;
    this.#finished = true;
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    const nowMs = Date.now();
    this.socket.didFinish(nowMs);
    this.socket.session.exchanges.delete(this);
    this.giveBack?.();
    this.#audit.append(
      {
        type: 'outcome',
        requestId: this.requestId,
        timeMs: nowMs,
        outcome,
        status: this.status,
        durationMs: nowMs - this.startedAtMs,
        requestBytes: this.requestBytes,
        responseBytes: this.responseBytes,
        detail,
        code: this.#answeredCode,
      },
      noop,
    );
    this.watch?.ended({
      outcome,
      status: this.status,
      code: this.#answeredCode,
      detail,
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
    });
    this.#showOutcome(outcome, nowMs - this.startedAtMs);
  }

  /** Calls back when it isn't over by then. */
  endAfter(seconds: number, onLate: (failure: AccessError) => void): void {
    if (this.#finished) return;
    const detail = `It took longer than the API allows (max_seconds: ${seconds}).`;
    this.#deadline = setTimeout(() => onLate(new AccessError('upstream-timeout', detail)), seconds * 1000);
  }

  /** No longer allowed: ends it at once. An answer under way is cut off so that it can't be taken for a whole one. */
  revoke(detail: string): void {
    this.finish('aborted', detail);
    this.cut(detail);
  }

  /** Cuts the answer off visibly: resets the stream, or closes the connection in the middle. */
  cut(detail: string): void {
    if (this.http2) this.response.destroy(new Error(detail));
    else this.socket.destroy();
  }

  /** Answers with a problem document; reads away what is left of the body. */
  answer(refusal: Refusal): void {
    const { code, status, detail, reasons } = refusal;
    this.status = status;
    this.#answeredCode = code;
    const told = this.#verdict?.told;
    const denied = told?.effect === 'deny' ? told : null;
    const problem = problemDocument(code, status, detail, {
      requestId: this.requestId,
      ...(reasons === undefined ? {} : { reasons }),
      ...(this.api === '' ? {} : { api: this.api }),
      ...(denied === null || denied.rule === null ? {} : { rule: denied.rule }),
      ...(denied === null || denied.unlockedBy.length === 0 ? {} : { unlockedBy: denied.unlockedBy }),
      ...(denied?.stepUp === undefined ? {} : { stepUp: denied.stepUp }),
      ...(refusal.resetsAtMs === undefined ? {} : { resetsAtMs: refusal.resetsAtMs }),
    });
    const headers = { ...pairs(this.answerHeaders), ...refusal.headers };
    const closing = !this.http2 && (refusal.close === true || !this.request.complete);
    const bodyBytes = sendProblem(this.response, problem, closing ? { ...headers, Connection: 'close' } : headers, () =>
      this.markAnswered(),
    );
    // An answer to HEAD has no body, whatever its head says of one (RFC 9110 §9.3.2).
    if (this.request.method !== 'HEAD') this.responseBytes += bodyBytes;
    leaveUnread(this);
  }

  /** All of the answer is out: on HTTP/1.1 the connection may be idle now. An HTTP/2 connection has state of its own. */
  markAnswered(): void {
    if (!this.http2) this.socket.markAnswered();
  }

  #showOutcome(outcome: ActivityEntry['outcome'], durationMs: number): void {
    const { activity } = this.socket.session;
    if (this.#verdict === null) return;
    const { told } = this.#verdict;
    const { api, status } = this;
    if (activity.full && told.effect === 'allow' && !this.#shown)
      activity.leaveOut({ api, decision: told.effect, status, outcome, durationMs });
    else activity.push(this.#entry(told, outcome, durationMs), this.#shown);
  }

  #entry(told: ToldDecision, outcome: ActivityEntry['outcome'], durationMs: number | null): ActivityEntry {
    return {
      requestId: this.requestId,
      timeMs: this.startedAtMs,
      api: this.api,
      method: this.method,
      path: this.path,
      decision: told.effect,
      rule: told.rule,
      reason: told.reason,
      ...(told.reasons === undefined ? {} : { reasons: told.reasons.list() }),
      unlockedBy: told.effect === 'deny' ? [...told.unlockedBy] : [],
      ...(told.effect === 'deny' && told.stepUp !== undefined ? { stepUp: told.stepUp } : {}),
      status: this.status,
      outcome,
      durationMs,
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
    };
  }
}

const noHeaders: readonly string[] = [];
const noFurther: readonly FurtherRequest[] = [];

function pairs(headers: readonly string[]): Record<string, string> {
  const named: Record<string, string> = {};
  for (let index = 0; index < headers.length; index += 2) named[headers[index] ?? ''] = headers[index + 1] ?? '';
  return named;
}

function noop(): void {
  // An outcome that can't be written leaves its decision without one: the record then says "outcome unknown".
}
