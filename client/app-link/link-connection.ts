import type { Socket } from 'node:net';
import { AccessError, toUserProblem } from '../../shared/errors.ts';
import { createLineReader } from './line-reader.ts';
import { createPace, linkLimits } from './link-limits.ts';
import { type AppLine, helloSchema, type LinkRefusal, linkProtocols, requestSchema } from './operations.ts';

/** What a connection asks of the app. */
export interface LinkConversation {
  readonly appVersion: string;
  /** Whether the program may talk with the app; resolves when the person has answered. */
  readonly mayTalk: (program: string, onAsking: () => void) => Promise<LinkRefusal | null>;
  /** @throws AccessError what the program is told */
  readonly perform: (op: string, args: unknown, watch: () => void) => Promise<unknown>;
  readonly now: () => number;
}

/** One program's conversation, from its first line to its end. */
export interface LinkConnection {
  /** Sends what is watched; a state that waits to be read is replaced by the newer one. */
  send(line: Extract<AppLine, { event: string }>): void;
  readonly watches: boolean;
  refuse(refusal: LinkRefusal): void;
}

/** Talks with the program at the other end of an accepted socket; whatever it does ends this connection at most. */
export function converse(socket: Socket, conversation: LinkConversation): LinkConnection {
  const { now } = conversation;
  const reader = createLineReader(linkLimits.lineCharacters);
  const mayAsk = createPace(now);
  let step: 'hello' | 'consent' | 'open' | 'over' = 'hello';
  let underWay = 0;
  let watches = false;
  let waitingState: AppLine | null = null;
  let programEnded = false;
  const early: unknown[] = [];

  const late = setTimeout(() => refuse({ code: 'late', message: 'Nothing was said in time.' }), linkLimits.helloMs);
  socket.once('close', () => {
    step = 'over';
    clearTimeout(late);
  });
  socket.on('error', () => void socket.destroy());
  socket.on('drain', () => {
    const line = waitingState;
    waitingState = null;
    if (line !== null) write(line);
  });
  socket.on('data', (bytes: Buffer) => {
    try {
      for (const value of reader.push(bytes)) take(value);
    } catch (error) {
      refuse({ code: 'malformed', message: (error as Error).message });
    }
  });
  socket.on('end', () => {
    programEnded = true;
    endWithProgram();
  });
  socket.resume();

  /** A program that has said all gets the answers that are still to come, and then the end. */
  function endWithProgram(): void {
    if (programEnded && underWay === 0 && step !== 'consent') socket.end();
  }

  function write(line: AppLine): void {
    if (step === 'over' || socket.destroyed) return;
    if (socket.writableLength > linkLimits.unreadBytes) socket.destroy();
    else socket.write(`${JSON.stringify(line)}\n`);
  }

  function refuse(refusal: LinkRefusal): void {
    if (step === 'over') return;
    write({ refused: refusal });
    step = 'over';
    clearTimeout(late);
    // What still comes is read and dropped, so that the refusal isn't lost to a reset.
    socket.end();
    socket.setTimeout(linkLimits.helloMs, () => void socket.destroy());
  }

  function take(value: unknown): void {
    switch (step) {
      case 'over':
        return;
      case 'hello':
        takeHello(value);
        return;
      case 'consent':
        // Done once the person has agreed, if they do.
        if (early.push(value) > linkLimits.underWay) {
          refuse({ code: 'flood', message: 'Too many requests before the answer to the first line.' });
        }
        return;
      case 'open':
        takeRequest(value);
    }
  }

  function takeHello(value: unknown): void {
    const parsed = helloSchema.safeParse(value);
    if (!parsed.success) {
      refuse({ code: 'malformed', message: 'The first line isn’t a hello.' });
      return;
    }
    const { protocols, program } = parsed.data.hello;
    const protocol = linkProtocols.find((known) => protocols.includes(known));
    if (protocol === undefined) {
      const message = `Causeway ${conversation.appVersion} speaks version ${linkProtocols.join(', ')}, the program ${protocols.join(', ')}.`;
      refuse({ code: 'version', message, protocols: [...linkProtocols] });
      return;
    }
    step = 'consent';
    clearTimeout(late);
    conversation
      .mayTalk(program, () => write({ asking: true }))
      .then(
        (refusal) => {
          if (step !== 'consent') return;
          if (refusal !== null) {
            refuse(refusal);
            return;
          }
          step = 'open';
          write({ hello: { protocol, app: conversation.appVersion } });
          for (const request of early.splice(0)) take(request);
          endWithProgram();
        },
        () => refuse({ code: 'consent', message: 'The person can’t be asked now.' }),
      );
  }

  function takeRequest(value: unknown): void {
    const parsed = requestSchema.safeParse(value);
    if (!parsed.success) {
      refuse({ code: 'malformed', message: 'A line isn’t a request.' });
      return;
    }
    if (!mayAsk() || underWay >= linkLimits.underWay) {
      refuse({ code: 'flood', message: 'Too many requests at once.' });
      return;
    }
    const { id, op, args } = parsed.data;
    underWay += 1;
    conversation
      .perform(op, args, () => {
        watches = true;
      })
      .then(
        (answer) => write({ id, ok: true, value: answer ?? null }),
        (error: unknown) => write({ id, ok: false, problem: toUserProblem(error, now()) }),
      )
      .finally(() => {
        underWay -= 1;
        endWithProgram();
      });
  }

  return {
    get watches() {
      return watches;
    },
    refuse,
    send(line) {
      if (step !== 'open' || !watches) return;
      if (line.event === 'state' && socket.writableLength > 0) waitingState = line;
      else write(line);
    },
  };
}

/** A request that this version doesn't know. */
export function unknownOperation(op: string): AccessError {
  return new AccessError('bad-input', `This Causeway doesn’t know “${op.slice(0, 60)}”. A newer version may.`);
}
