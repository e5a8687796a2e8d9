import { said } from '../../../shared/plain-reason.ts';
import { reason } from '../../../shared/reason.ts';
import type { LimitsConfig } from '../../config/config-schema.ts';
import { pathFormsOf } from '../../config/path-forms-of.ts';
import type { FurtherRequest } from '../../policy/decide-all.ts';
import type { Gate } from './candidate.ts';
import { hasDestination, readDestination, readOverrides } from './further-requests.ts';

/** Chooses the connections to the API; refuses a sign-in to one where the config says so. */
export const chooseConnections: Gate = (candidate, { upstreams }) => {
  const { exchange, headers } = candidate;
  const upstream = upstreams.for(candidate.upstream, exchange.api, exchange.socket, headers.forwarded);
  if (upstream === null) {
    const detail = 'It would sign in to the connection to the API, which this relay refuses (connection_auth).';
    return { code: 'connection-auth-refused', status: 403, detail };
  }
  candidate.upstream = upstream;
  return null;
};

/** Takes a place among the person’s requests under way at the API. */
export const takePlace: Gate = ({ exchange, identity, inForce }, { underWay }) => {
  const max = maxRequestsPerApi(inForce.limits);
  exchange.giveBack = underWay.take(identity, exchange.api, max);
  if (exchange.giveBack !== null) return null;
  const why = reason('own-under-way', { count: max });
  return { code: 'overloaded', status: 503, ...said(why), headers: { 'Retry-After': '1' } };
};

/** Reads what headers ask for besides the request line: another method, or another path to write to. */
export const readFurther: Gate = (candidate) => {
  const { headers, api } = candidate;
  if (headers.methodOverrides.length === 0 && headers.destination === undefined) return null;
  const { method, path } = candidate.exchange;
  const { outgoing, origin, basePath } = candidate.upstream;
  const overrides = readOverrides(method, headers.methodOverrides, outgoing.caller.keeps);
  if (overrides.status === 'refused') return { code: 'bad-request', status: 400, ...said(...overrides.why) };
  const further = overrides.methods.map((wanted): FurtherRequest => ({ method: wanted, path }));
  candidate.further = further;
  const writing = [method, ...overrides.methods].filter(hasDestination);
  if (headers.destination === undefined || writing.length === 0) return null;
  const { address, rewrite } = outgoing;
  const destination = readDestination(headers.destination, headers.host, { address, origin, basePath }, rewrite, {
    allow: pathFormsOf(api),
  });
  if (destination.status === 'refused') return { code: 'bad-request', status: 400, ...said(...destination.why) };
  for (const wanted of writing) further.push({ method: wanted, path: destination.path });
  candidate.destination = destination.value;
  return null;
};

/** No fewer than a tunnel's connections, which carry one each in HTTP/1.1. */
function maxRequestsPerApi({ max_requests_per_api, max_streams_per_tunnel }: LimitsConfig): number {
  return max_requests_per_api ?? Math.max(leastRequestsPerApi, max_streams_per_tunnel);
}

const leastRequestsPerApi = 2048;
