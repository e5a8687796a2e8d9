import type { SinkSettings } from './sink-settings.ts';

/** What the thread is started with. */
export interface SinkThreadData {
  readonly dataDir: string;
  readonly sinks: readonly SinkSettings[];
}

/** To the thread of the sinks. */
export type ToSinkThread =
  | { readonly type: 'replace'; readonly sinks: readonly SinkSettings[] }
  | { readonly type: 'finish'; readonly withinMs: number };

/** From it. */
export type FromSinkThread =
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    }
  | { readonly type: 'shortened'; readonly sink: string }
  | { readonly type: 'finished' };
