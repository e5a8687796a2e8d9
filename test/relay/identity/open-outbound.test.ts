import { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openOutbound, type OutboundOptions } from '../../../relay/identity/open-outbound.ts';

const idp = 'https://idp.example/jwks';
const named = 'http://proxy.example:3128';

function setUp(given: Partial<OutboundOptions> = {}) {
  const outbound = openOutbound({ timeoutMs: 1000, environment: { https_proxy: named }, ...given });
  onTestFinished(() => outbound.close());
  return outbound;
}

const kindOf = (dispatcher: Dispatcher): string =>
  dispatcher instanceof EnvHttpProxyAgent
    ? 'environment'
    : dispatcher instanceof ProxyAgent
      ? 'proxy'
      : dispatcher instanceof Agent
        ? 'direct'
        : 'other';

describe('the way out', () => {
  it.each<[proxy: string | undefined, url: string, kind: string]>([
    [undefined, idp, 'environment'],
    [undefined, 'http://idp.example/', 'environment'],
    [undefined, 'http://127.0.0.1:8080/', 'direct'],
    [undefined, 'http://localhost/', 'direct'],
    [undefined, 'http://[::1]/', 'direct'],
    ['environment', idp, 'environment'],
    ['environment', 'http://127.0.0.1/', 'direct'],
    ['none', idp, 'direct'],
    ['none', 'http://127.0.0.1/', 'direct'],
    [named, idp, 'proxy'],
    [named, 'http://127.0.0.1/', 'proxy'],
  ])('with proxy %j to %s is %s', (proxy, url, kind) => {
    const outbound = setUp(proxy === undefined ? {} : { proxy });
    expect(kindOf(outbound.dispatcherFor(url))).toBe(kind);
  });

  it('is made once for each kind, ended by close, and made anew afterwards', async () => {
    const outbound = setUp();
    const [remote, local] = [outbound.dispatcherFor(idp), outbound.dispatcherFor('http://localhost/')];
    expect(outbound.dispatcherFor('https://other.example/')).toBe(remote);
    expect(outbound.dispatcherFor('http://127.0.0.1/')).toBe(local);
    expect(local).not.toBe(remote);
    outbound.close();
    expect([remote, local].map((one) => (one as Agent).destroyed)).toEqual([true, true]);
    expect(outbound.dispatcherFor('http://localhost/')).not.toBe(local);
  });
});
