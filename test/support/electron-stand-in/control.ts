import { EventEmitter } from 'node:events';

/** One thing that the app asked of the system, as `module.method` with plain arguments. */
export interface RecordedCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** What a spec may make the system do; each comes from outside, as it would from the person or the system. */
export type Trigger =
  | { readonly type: 'tray'; readonly itemId: string }
  | { readonly type: 'tray-click' }
  | { readonly type: 'menu'; readonly itemId: string }
  | { readonly type: 'notification-click' }
  | { readonly type: 'power'; readonly event: 'resume' | 'suspend' | 'unlock-screen' }
  | { readonly type: 'second-instance'; readonly argv: readonly string[] }
  | { readonly type: 'open-url'; readonly url: string }
  | { readonly type: 'close-window' }
  | { readonly type: 'save-to'; readonly path: string | null }
  | { readonly type: 'permission'; readonly permission: string }
  | { readonly type: 'system-proxy'; readonly proxy: string }
  | { readonly type: 'message-box'; readonly response: number }
  | { readonly type: 'dark'; readonly dark: boolean }
  | { readonly type: 'quit' };

export type ToChild = { readonly id: number; readonly trigger: Trigger };
export type FromChild =
  | { readonly type: 'call'; readonly call: RecordedCall }
  /** `pid` of the browser's main process, where the system tells it. */
  | { readonly type: 'browser'; readonly endpoint: string; readonly pid: number | null }
  | { readonly type: 'window'; readonly url: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly message: string };

/** Tells the process that started this one, if it listens. */
export function tell(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

/** Records what the app asked of a part of the system. */
export function record(name: string, ...args: readonly unknown[]): void {
  tell({ type: 'call', call: { name, args: JSON.parse(JSON.stringify(args)) as unknown[] } });
}

type Handlers = { [T in Trigger['type']]?: (trigger: Extract<Trigger, { type: T }>) => unknown };
const handlers: Handlers = {};

/** Says what a kind of trigger does; each part of the stand-in brings its own. */
export function onTrigger<T extends Trigger['type']>(
  type: T,
  handler: (trigger: Extract<Trigger, { type: T }>) => unknown,
): void {
  handlers[type] = handler as Handlers[T];
}

/** Starts to answer triggers of the parent process. */
export function listenToParent(): void {
  process.on('message', (message: ToChild) => {
    const { id, trigger } = message;
    const handler = handlers[trigger.type] as ((trigger: Trigger) => unknown) | undefined;
    const perform = async (): Promise<unknown> => {
      if (handler === undefined) throw new Error(`Nothing answers “${trigger.type}”.`);
      return handler(trigger);
    };
    perform().then(
      (value) => tell({ type: 'answer', id, value: value ?? null }),
      (cause: unknown) => tell({ type: 'failure', id, message: String(cause) }),
    );
  });
  process.once('disconnect', () => process.exit(0));
}

/** An emitter whose events carry `preventDefault`; says whether a listener used it. */
export class PreventableEmitter extends EventEmitter {
  emitPreventable(name: string, details: object, ...args: readonly unknown[]): boolean {
    let prevented = false;
    this.emit(name, { ...details, preventDefault: () => void (prevented = true) }, ...args);
    return prevented;
  }
}
