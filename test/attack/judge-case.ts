import { createHash } from 'node:crypto';
import type { AuditedRequest } from './audit-tail.ts';
import type { Evidence, SeenAnswer, Sighting, WantedRequest } from './evidence.ts';
import { valuesOf } from './http1-reader.ts';

/** Methods that the relay may forward while their record is written, when they carry no body. */
const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** What doesn't fit together in decided, audited, delivered and answered; empty when all of it does. */
export function judgeCase(evidence: Evidence, audited: readonly AuditedRequest[]): readonly string[] {
  const byId = new Map(audited.map((request) => [request.decision.requestId, request]));
  return [
    ...evidence.complaints,
    ...audited.flatMap(judgeRecord),
    ...evidence.sightings.flatMap((sighting) => judgeSighting(sighting, byId.get(sighting.requestId))),
    ...evidence.answers.flatMap((answer) => judgeAnswer(evidence, answer, byId.get(answer.requestId))),
    ...(evidence.promise === 'any' ? [] : judgePromise(evidence)),
  ];
}

/** True once nothing more is to be expected of the audit. */
export function isRecorded(evidence: Evidence, audited: readonly AuditedRequest[]): boolean {
  const known = new Set(audited.map(({ decision }) => decision.requestId));
  return (
    audited.every(({ outcomes }) => outcomes.length > 0) &&
    evidence.answers.every(({ requestId }) => requestId === '' || known.has(requestId)) &&
    evidence.sightings.every(({ requestId, body }) => known.has(requestId) && body !== null)
  );
}

function judgeRecord({ decision, outcomes }: AuditedRequest): string[] {
  const [outcome] = outcomes;
  const what = `${decision.method} ${decision.path}`;
  if (outcome === undefined) return [`no outcome was recorded of ${what}`];
  return outcomes.length === 1 ? [] : [`${outcomes.length} outcomes were recorded of ${what}`];
}

/** A request that an upstream saw, against its record. */
export function judgeSighting(sighting: Sighting, request: AuditedRequest | undefined): string[] {
  const { method, target, requestId, body } = sighting;
  const what = `${method} ${target}`;
  if (request === undefined) return [`${what} was delivered without a decision (${requestId})`];
  const { decision, outcomes } = request;
  const path = target.split('?')[0] ?? '';
  const found: string[] = [];
  if (decision.effect !== 'allow') found.push(`${what} was denied and delivered`);
  if (decision.method !== method) found.push(`${what} was decided as ${decision.method}`);
  if (decision.path !== path) found.push(`${what} was decided as ${decision.path}`);
  if (decision.api !== sighting.api) found.push(`${what} was decided for ${decision.api}`);
  if (!sighting.recorded && !(safeMethods.includes(method) && (body === null || body.bytes === 0))) {
    found.push(`${what} was delivered before its record was on disk`);
  }
  const [outcome] = outcomes;
  if (outcome?.outcome === 'completed' && body?.whole === true && outcome.requestBytes !== body.bytes) {
    found.push(`${what} was delivered with ${body.bytes} bytes, and audited with ${outcome.requestBytes}`);
  }
  return found;
}

function judgeAnswer(evidence: Evidence, answer: SeenAnswer, request: AuditedRequest | undefined): string[] {
  const { status, whole, requestId, problem } = answer;
  if (requestId === '') {
    // Only what isn't HTTP, or not an answer of this relay, has no id.
    const bad = !problem && whole && status < 400 && status >= 200 && !evidence.lieIsWhole;
    return bad ? [`a whole ${status}, although the upstream sent none (${evidence.lie})`] : [];
  }
  if (request === undefined) return [`an answer of ${status} without a decision (${requestId})`];
  const found: string[] = [];
  const [outcome] = request.outcomes;
  if (outcome !== undefined) {
    const audited = `audited as ${outcome.outcome} ${outcome.status ?? 'without status'} with ${outcome.responseBytes} bytes`;
    if (outcome.status !== status && (whole || outcome.outcome === 'completed')) {
      found.push(`an answer of ${status} was ${audited}`);
    }
    if (!whole && outcome.outcome === 'completed' && !evidence.left) found.push(`a cut ${status} was ${audited}`);
    // Whoever leaves with the last byte is gone before the upstream has said that it was the last.
    const leftWithAll = outcome.outcome === 'aborted' && outcome.detail?.startsWith('The caller closed') === true;
    if (
      whole &&
      !problem &&
      ((outcome.outcome !== 'completed' && !leftWithAll) || outcome.responseBytes !== answer.bytes)
    ) {
      found.push(`a whole ${status} of ${answer.bytes} bytes was ${audited}`);
    }
  }
  if (problem) {
    if (request.decision.effect === 'deny' && status < 400) found.push(`a denial was answered with ${status}`);
    return found;
  }
  const sighting = evidence.sightings.find((candidate) => candidate.requestId === requestId);
  if (sighting === undefined) {
    return evidence.promise === 'any' ? found : [...found, `an answer of ${status} to a request that no upstream saw`];
  }
  return whole ? [...found, ...judgeWhole(evidence, answer, sighting)] : found;
}

/** An answer that the caller takes for whole is the upstream's, and the upstream's was whole. */
function judgeWhole(evidence: Evidence, answer: SeenAnswer, { answered, target }: Sighting): string[] {
  if (answered === null) {
    const lie = answer.status < 400 && !evidence.lieIsWhole;
    return lie ? [`a whole ${answer.status}, although the upstream sent none (${evidence.lie})`] : [];
  }
  const found: string[] = [];
  if (!answered.whole) found.push(`${target}: a whole answer, although the upstream’s was cut`);
  if (answered.status !== answer.status) found.push(`${target}: ${answered.status} became ${answer.status}`);
  if (answered.sha256 !== answer.sha256) {
    found.push(`${target}: an answer of ${answered.bytes} bytes became another of ${answer.bytes}`);
  }
  found.push(...differences(`${target}: in the answer`, answered.headers, answer.headers));
  if (answer.trailers.length > 0) {
    found.push(...differences(`${target}: in the answer’s trailers`, answered.trailers, answer.trailers));
  }
  return found;
}

function judgePromise(evidence: Evidence): string[] {
  const { promise, sightings, wanted, answers, left } = evidence;
  if (promise !== 'exact') {
    const delivered = promise === 'refused' ? sightings : sightings.filter(({ body }) => body?.whole === true);
    return [
      ...delivered.map(({ method, target }) => `${method} ${target} had to be refused and was delivered`),
      ...answers
        .filter(({ status }) => status < 400 && status >= 200)
        .map(({ status }) => `${status} for what had to be refused`),
    ];
  }
  const found: string[] = [];
  if (!left && answers.length !== wanted.length) {
    found.push(`${answers.length} answers to ${wanted.length} requests`);
  }
  for (const [index, request] of wanted.entries()) {
    const seen = sightings.filter(({ target }) => target === request.target);
    if (seen.length === 0) {
      if (!left) found.push(`${request.method} ${request.target} never arrived`);
      continue;
    }
    if (seen.length > 1 && !safeMethods.includes(request.method)) {
      found.push(`${request.method} ${request.target} arrived ${seen.length} times`);
    }
    for (const sighting of seen) found.push(...judgeDelivered(request, sighting, left));
    const answer = answers[index];
    if (!left && answer !== undefined && (answer.problem || !answer.whole)) {
      const cut = answer.whole ? '' : ', cut';
      found.push(`${request.method} ${request.target} got ${answer.status}${cut} from the relay`);
    }
  }
  return found;
}

function judgeDelivered(request: WantedRequest, sighting: Sighting, left: boolean): string[] {
  const what = `${request.method} ${request.target}`;
  const found: string[] = [];
  if (sighting.method !== request.method) found.push(`${what} arrived as ${sighting.method}`);
  found.push(...differences(`${what}: in the request`, request.headers, sighting.headers));
  if (sighting.body === null || (!sighting.body.whole && left)) return found;
  if (!sighting.body.whole) return [...found, `${what}: the body arrived cut after ${sighting.body.bytes} bytes`];
  if (sighting.body.sha256 !== createHash('sha256').update(request.body).digest('hex')) {
    found.push(`${what}: a body of ${request.body.length} bytes arrived as another of ${sighting.body.bytes}`);
  }
  return found;
}

/** Headers of `given` that `got` doesn't have with the same values in the same order. */
function differences(where: string, given: readonly string[], got: readonly string[]): string[] {
  const found: string[] = [];
  const names = new Set<string>();
  for (let index = 0; index < given.length; index += 2) names.add((given[index] ?? '').toLowerCase());
  for (const name of names) {
    const join = name === 'cookie' ? '; ' : '\0';
    const [before, after] = [valuesOf(given, name).join(join), valuesOf(got, name).join(join)];
    if (before !== after) found.push(`${where} ${name}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`);
  }
  return found;
}
