import { AxeBuilder } from '@axe-core/playwright';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser } from 'playwright';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser } from '../find-browser.ts';
import { signInWithBrowser } from '../sign-in-with-browser.ts';
import { startIdp, type Idp } from './start-idp.ts';

let idp: Idp;
let application: Server;
let browser: Browser;
let authorizationUrl: string;
const callbacks: URL[] = [];

beforeAll(async () => {
  idp = await startIdp();
  application = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/callback') callbacks.push(url);
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Done</title><p>You can close this page');
  }).listen(0, '127.0.0.1');
  await once(application, 'listening');
  const client = await oidc.discovery(new URL(idp.issuer), idp.clientId, undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
  });
  authorizationUrl = oidc.buildAuthorizationUrl(client, {
    redirect_uri: `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`,
    scope: 'openid',
    state: 's',
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
  }).href;
  browser = await chromium.launch(findBrowser());
});

afterAll(async () => {
  await browser.close();
  application.closeAllConnections();
  application.close();
  await idp.close();
});

test('“Cancel and go back” returns to the application with access_denied', async () => {
  await signInWithBrowser(authorizationUrl, { user: 'alice', decision: 'deny' });
  expect(callbacks.at(-1)?.searchParams.get('error')).toBe('access_denied');
});

test('a real browser signs alice in and ends on the application’s page', async () => {
  const end = await signInWithBrowser(authorizationUrl, { user: 'alice' });
  expect(end).toEqual({ title: 'Done', text: 'You can close this page' });
  expect(callbacks.at(-1)?.searchParams.get('code')).toEqual(expect.any(String));
});

test('one click on a demo person is enough', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(authorizationUrl);
  await page.getByRole('button', { name: /Bob Nakamura/u }).click();
  await page.waitForURL(/callback\?code=/u);
  await context.close();
});

test.each(['light', 'dark'] as const)('axe-core finds nothing on the sign-in page (%s)', async (colorScheme) => {
  const context = await browser.newContext({ colorScheme });
  const page = await context.newPage();
  await page.goto(authorizationUrl);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((violation) => `${violation.id}: ${violation.help}`)).toEqual([]);
  await context.close();
});
