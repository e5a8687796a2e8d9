/** Says in words what makes a field malformed; null when nothing does. */
export type JudgeField = (name: string, value: string) => string | null;

// Lower case only (RFC 9113 §8.2.1), of what HTTP allows in names (RFC 9110 §5.1).
const name = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const forbiddenInValue = /[^\t\u0020-\u007e\u0080-\u00ff]/;
const whiteSpaceAround = /^[\t ]|[\t ]$/;
const authority = /^[!$%&'()*+,\-.:;=A-Za-z0-9[\]_~]*$/;

/**
 * A field of an answer or of trailers by RFC 9113 §8.2.1, which includes what HTTP itself allows in names and values (RFC
 * 9110 §5.1, §5.5), but for white space around a value, which APIs send (gRPC’s `grpc-message`) and the relay takes off.
 * Pseudo-fields are left to nghttp2, which resets the stream for all that §8.3 forbids. The words name the field where
 * its name is one, and never the value.
 */
export const judgeAnswerField: JudgeField = (fieldName, value) => {
  if (fieldName.startsWith(':')) return null;
  if (!name.test(fieldName)) {
    return fieldName === '' ? 'a field without a name' : 'a field with a character in its name that HTTP doesn’t allow';
  }
  if (forbiddenInValue.test(value)) return `a control character (as CR, LF or NUL) in its field “${shown(fieldName)}”`;
  return null;
};

/** A field of a request: no white space around its value, in addition, and Host has to be one (RFC 9110 §7.2). */
export const judgeRequestField: JudgeField = (fieldName, value) => {
  const fault = judgeAnswerField(fieldName, value);
  if (fault !== null || fieldName.startsWith(':')) return fault;
  if (whiteSpaceAround.test(value)) return `white space at an end of its field “${shown(fieldName)}”`;
  return fieldName === 'host' && !authority.test(value) ? 'a character in its Host that hosts don’t have' : null;
};

function shown(fieldName: string): string {
  return fieldName.slice(0, 100);
}
