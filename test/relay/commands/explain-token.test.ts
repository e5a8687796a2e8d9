import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain } from '../../../relay/commands/explain.ts';
import { explainOptions } from '../../../relay/commands/explain-flags.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';
import { startIssuer, testKey, type TestKey } from '../identity/test-issuer.ts';

let folder: ConfigFolder;
beforeAll(async () => void (folder = await openConfigFolder()));
afterAll(() => folder.close());

const sign = (key: TestKey, issuer: string, claims: Record<string, unknown>): Promise<string> =>
  new SignJWT({ groups: ['developers'], preferred_username: 'alice', ...claims })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setSubject('u1')
    .setAudience('relay')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(key.privateKey);

async function ask(issuer: string, token: string): Promise<{ code: number; output: string }> {
  const rules = '    rules: [{name: read, groups: [developers], claims: {department: [sales]}}]';
  const text = minimalConfig({ api: rules }).replace('http://127.0.0.1:9000', issuer);
  const configPath = await folder.write('relay.yaml', text);
  const tokenPath = await folder.write('token', `${token}\n`);
  let output = '';
  const options = explainOptions({ config: configPath, groups: '', token: tokenPath, json: false });
  const write = (more: string): void => void (output += more);
  return { code: await explain({ ...options, method: 'GET', url: 'orders/v1', write }), output };
}

describe('explain with a token', () => {
  it('takes the caller from a token that the relay accepts', async () => {
    const key = await testKey('ES256');
    const issuer = await startIssuer([key]);
    const { code, output } = await ask(issuer.url, await sign(key, issuer.url, { department: 'sales' }));
    expect(output).toContain('alice, with the groups developers: GET /v1');
    expect(output).not.toContain('NOT VERIFIED');
    expect(code).toBe(0);
  });

  it('marks a token that it would not accept, says why, and answers all the same', async () => {
    const key = await testKey('ES256');
    const issuer = await startIssuer([key]);
    const forged = await sign(await testKey('ES256', 'other'), issuer.url, {});
    const { code, output } = await ask(issuer.url, forged);
    expect(output).toMatch(/^NOT VERIFIED: the relay would not accept this token\./);
    expect(output).toContain('What would change it, by rule “read”: it is for a token whose claim department is sales');
    expect(code).toBe(3);
  });

  it('exits with 2 for what isn’t a token of any issuer here', async () => {
    expect((await ask('http://127.0.0.1:9', 'nonsense')).code).toBe(2);
  });
});
