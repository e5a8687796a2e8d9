import { describe, expect, it } from 'vitest';
import { identityKind } from '../../../relay/identity/identity-kind.ts';

const entra = { azp: 'app', oid: 'o', sub: 'o', tid: 't' };

describe('a token', () => {
  it.each<[claims: object]>([
    [{ sub: 'ci', client_id: 'ci' }],
    [{ sub: 'ci', azp: 'ci' }],
    [{ sub: 'ci', cid: 'ci' }],
    [{ sub: 'ci', appid: 'ci' }],
    [{ sub: 'ci', client_id: 'ci', sid: 's', auth_time: 1 }],
    [{ sub: 'a', idtyp: 'app' }],
    [{ sub: 'a', idtyp: 'app', sid: 's' }],
    [{ sub: 'a', gty: 'client-credentials' }],
    [entra],
    [{ ...entra, azp: undefined, appid: 'app' }],
    [{ sub: 'a', azp: 'ci', preferred_username: 'service-account-ci' }],
    [{ sub: 'a', client_id: 'ci', preferred_username: 'service-account-ci' }],
    [{ sub: 'a', azp: 7, client_id: 'ci', preferred_username: 'service-account-ci' }],
  ])('of a service: %j', (claims) => {
    expect(identityKind({ ...claims })).toBe('service');
  });

  it.each<[claims: object]>([
    [{}],
    [{ sub: 'a' }],
    [{ sub: 'a', client_id: 'b', azp: 'b', cid: 'b', appid: 'b' }],
    [{ client_id: undefined, azp: undefined }],
    [{ sub: 'a', idtyp: 'user' }],
    [{ sub: 'a', idtyp: 'APP' }],
    [{ sub: 'a', gty: 'password' }],
    [{ ...entra, sub: 's' }],
    [{ ...entra, tid: undefined }],
    [{ ...entra, azp: undefined }],
    [{ ...entra, scp: 'read' }],
    [{ ...entra, idtyp: 'user' }],
    [{ ...entra, sid: 's' }],
    [{ ...entra, auth_time: 1 }],
    [{ sub: 'a', azp: 'ci', preferred_username: 'service-account-other' }],
    [{ sub: 'a', azp: 'other', client_id: 'ci', preferred_username: 'service-account-ci' }],
    [{ sub: 'a', preferred_username: 'service-account-undefined' }],
    [{ sub: 'a', azp: 'ci', preferred_username: 'service-account-ci', sid: 's' }],
    [{ sub: 'a', azp: 'ci', preferred_username: 'ci' }],
  ])('of a person: %j', (claims) => {
    expect(identityKind({ ...claims })).toBe('person');
  });
});
