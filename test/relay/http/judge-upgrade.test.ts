import { plainReason } from '../../../shared/plain-reason.ts';
import { describe, expect, it } from 'vitest';
import { type UpgradeProtocol, upgradeProtocols } from '../../../relay/config/values/upgrade-protocol.ts';
import { type BodyClaims, upgradeProblem, wantedUpgrade } from '../../../relay/request/gates/judge-upgrade.ts';

const none: BodyClaims = { hasBody: false, contentLength: undefined };
const empty: BodyClaims = { hasBody: false, contentLength: 0 };
const counted: BodyClaims = { hasBody: true, contentLength: 5 };
const chunked: BodyClaims = { hasBody: true, contentLength: undefined };

describe('a switch to another protocol', () => {
  it.each<[protocol: UpgradeProtocol, method: string, body: BodyClaims, why: string]>([
    ['websocket', 'POST', none, 'opened by GET, not by POST'],
    ['websocket', 'HEAD', none, 'opened by GET, not by HEAD'],
    ['websocket', 'OPTIONS', none, 'opened by GET'],
    ['websocket', 'get', none, 'opened by GET, not by get'],
    ['websocket', 'X'.repeat(60), none, `not by ${'X'.repeat(50)} (`],
    ['websocket', 'POST', counted, 'opened by GET'],
    ['websocket', 'GET', counted, 'has no body'],
    ['websocket', 'GET', chunked, 'has no body'],
    ['SPDY/3.1', 'POST', chunked, 'needs Content-Length'],
    ['tcp', 'POST', chunked, 'needs Content-Length'],
    ['tcp', 'GET', chunked, 'needs Content-Length'],
  ])('to %s by %s is refused with %j', (protocol, method, body, why) => {
    const problem = upgradeProblem(protocol, method, body);
    expect(problem === null ? '' : plainReason(problem)).toContain(why);
  });

  it.each<[protocol: UpgradeProtocol, method: string, body: BodyClaims]>([
    ['websocket', 'GET', none],
    ['websocket', 'GET', empty],
    ['SPDY/3.1', 'POST', none],
    ['SPDY/3.1', 'GET', none],
    ['tcp', 'POST', counted],
    ['tcp', 'POST', empty],
  ])('to %s by %s may be with %j', (protocol, method, body) => {
    expect(upgradeProblem(protocol, method, body)).toBeNull();
  });
});

describe('what an Upgrade header asks for', () => {
  it.each<[header: string | undefined, taken: readonly UpgradeProtocol[], wanted: UpgradeProtocol | null]>([
    [undefined, upgradeProtocols, null],
    ['', upgradeProtocols, null],
    ['h2c', upgradeProtocols, null],
    ['websocket, h2c', upgradeProtocols, null],
    ['websocket2', upgradeProtocols, null],
    ['web socket', upgradeProtocols, null],
    ['SPDY', upgradeProtocols, null],
    ['SPDY/3.0', upgradeProtocols, null],
    ['websocket', [], null],
    ['tcp', ['websocket'], null],
    ['websocket', ['tcp'], null],
    ['websocket', ['websocket'], 'websocket'],
    ['WebSocket', ['websocket'], 'websocket'],
    [' websocket\t', ['websocket'], 'websocket'],
    ['spdy/3.1', upgradeProtocols, 'SPDY/3.1'],
    ['TCP', upgradeProtocols, 'tcp'],
  ])('%j of %j is %j', (header, taken, wanted) => {
    expect(wantedUpgrade(header, taken)).toBe(wanted);
  });
});
