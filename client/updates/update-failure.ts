import type { UpdateFailureReason } from '../../shared/app-update.ts';

/** An update that was refused or couldn’t be had: `reason` is stable, the message is for the help desk. */
export class UpdateFailure extends Error {
  readonly reason: UpdateFailureReason;

  constructor(reason: UpdateFailureReason, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'UpdateFailure';
    this.reason = reason;
  }
}
