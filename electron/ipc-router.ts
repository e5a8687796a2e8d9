import { AccessError, toUserProblem } from '../shared/errors.ts';
import { type IpcRequestChannel, type IpcRequests, type IpcResult, ipcRequestSchemas } from '../shared/ipc.ts';
import { type SenderFrame, isTrustedSender } from './trusted-sender.ts';

type Value<C extends IpcRequestChannel> = Awaited<ReturnType<IpcRequests[C]>> extends IpcResult<infer T> ? T : never;

/** One function per channel; the compiler demands every channel of `shared/ipc.ts` and no other. */
export type RequestHandlers = {
  readonly [C in IpcRequestChannel]: (...args: Parameters<IpcRequests[C]>) => Value<C> | Promise<Value<C>>;
};

/** Largest text, in characters, that all arguments of one request may have together. */
export const maxRequestCharacters = 6_000_000;

export interface IpcRouterOptions {
  readonly handlers: RequestHandlers;
  readonly now: () => number;
  /** Told of each refused message, so that it can be logged. */
  readonly didRefuse: (refusal: { readonly channel: string; readonly reason: string }) => void;
}

/** All channels that exist; a channel that isn't here can't be registered. */
export const requestChannels = Object.keys(ipcRequestSchemas) as readonly IpcRequestChannel[];

/**
 * Answers one message from a window: sender first, then size, then schema, then the handler. Every outcome is an
 * `IpcResult`; nothing is thrown to the window.
 */
export function createIpcRouter(options: IpcRouterOptions) {
  const { handlers, now, didRefuse } = options;
  return async (frame: SenderFrame | null, channel: string, args: readonly unknown[]): Promise<IpcResult<unknown>> => {
    const refuse = (reason: string): IpcResult<never> => {
      didRefuse({ channel: channel.slice(0, 100), reason });
      return { ok: false, problem: toUserProblem(new AccessError('bad-input', reason), now()) };
    };
    if (!isTrustedSender(frame)) return refuse('The request didn’t come from the app’s own window.');
    if (!isRequestChannel(channel)) return refuse('There is no such request.');
    if (exceeds(args, maxRequestCharacters)) return refuse('The request is too large.');
    const parsed = ipcRequestSchemas[channel].safeParse(args);
    if (!parsed.success) return refuse('The request isn’t well-formed.');
    try {
      // The schema has just proved the arguments; the compiler can't correlate one channel's pair of types.
      const handler = handlers[channel] as (...checked: readonly unknown[]) => unknown;
      return { ok: true, value: (await handler(...parsed.data)) ?? null };
    } catch (error) {
      return { ok: false, problem: toUserProblem(error, now()) };
    }
  };
}

function isRequestChannel(channel: string): channel is IpcRequestChannel {
  return Object.hasOwn(ipcRequestSchemas, channel);
}

/** Counts text in arguments without copying it, and stops as soon as the limit is passed. */
function exceeds(args: readonly unknown[], limit: number): boolean {
  let left = limit;
  const pending: unknown[] = [...args];
  while (pending.length > 0 && left >= 0) {
    const value = pending.pop();
    if (typeof value === 'string') left -= value.length;
    else if (ArrayBuffer.isView(value)) left -= value.byteLength;
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        left -= key.length + 1;
        pending.push(item);
        if (left < 0) return true;
      }
    }
  }
  return left < 0;
}
