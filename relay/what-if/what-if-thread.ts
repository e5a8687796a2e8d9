import { parentPort, workerData } from 'node:worker_threads';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import type { WhatIf } from './what-if.ts';
import { type WhatIfAsked, whatIfAt, type WhatIfPlace } from './what-if-at.ts';

/** What the thread is started with. */
export interface WhatIfQuestion {
  readonly place: WhatIfPlace;
  readonly asked: WhatIfAsked;
}

/** What it says once. */
export type WhatIfAnswer =
  | { readonly result: WhatIf }
  | { readonly refused: { readonly code: ErrorCode; readonly message: string } }
  | { readonly failed: string };

async function answer({ place, asked }: WhatIfQuestion): Promise<WhatIfAnswer> {
  try {
    return { result: await whatIfAt(place, asked, Date.now()) };
  } catch (error) {
    if (error instanceof AccessError) return { refused: { code: error.code, message: error.message } };
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.postMessage(await answer(workerData as WhatIfQuestion));
