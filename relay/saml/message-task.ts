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

/** Metadata of the provider that is to be read. */
export interface MetadataTask {
  readonly type: 'metadata';
  readonly xml: string;
  readonly entityId: string | undefined;
  readonly nowMs: number;
}

/** What the reading thread is given, as plain data. */
export type MessageTask = ResponseTask | LogoutTask | MetadataTask;

/** What it makes of it. */
export type MessageContent = SamlSubject | LogoutMessage | IdpMetadata;

/** What the reading thread answers: what it read, why it was refused, or that the reading itself failed. */
export type MessageAnswer = { readonly id: number } & (
  | { readonly status: 'read'; readonly value: MessageContent }
  | {
      readonly status: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly cause: string | undefined;
    }
  | { readonly status: 'failed'; readonly reason: string }
);
