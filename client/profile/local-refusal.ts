import type { Cause } from '../../shared/cause.ts';
import { causeText } from '../../shared/cause-text.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { LocalRefusal } from '../tunnel/local-answer.ts';

/** What a local program is told for a cause, with the same words as the window. */
export function localRefusal(cause: Cause): LocalRefusal {
  const { title, detail } = causeText(cause);
  return { code: codeOf(cause), detail: detail === '' ? `${title}.` : detail };
}

function codeOf({ code }: Cause): ErrorCode {
  if (code === 'signed-out' || code === 'signing-in') return 'not-signed-in';
  return code === 'connecting' ? 'tunnel-down' : code;
}
