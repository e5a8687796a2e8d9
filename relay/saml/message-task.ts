import type { ErrorCode } from '../../shared/errors.ts';
import type { SamlSubject } from './check-assertion.ts';
import type { IdpMetadata } from './idp-metadata.ts';
import type { LogoutInput, LogoutMessage } from './read-logout.ts';
import type { ServiceProvider } from './service-provider.ts';

interface Circumstances {
  readonly sp: ServiceProvider;
  readonly idp: IdpMetadata;
  readonly nowMs: number;
}

/** An answer to a sign-in that is to be read. */
export interface ResponseTask extends Circumstances {
  readonly type: 'response';
  readonly xml: string;
  readonly requestId: string;
}

/** A message of single logout that is to be read. */
export interface LogoutTask extends Circumstances {
  readonly type: 'logout';
  readonly input: LogoutInput;
}

/** What the reading thread is given, as plain data. */
export type MessageTask = ResponseTask | LogoutTask;

/** What the reading thread answers: what it read, why it was refused, or that the reading itself failed. */
export type MessageAnswer = { readonly id: number } & (
  | { readonly status: 'read'; readonly value: SamlSubject | LogoutMessage }
  | {
      readonly status: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly cause: string | undefined;
    }
  | { readonly status: 'failed'; readonly reason: string }
);
