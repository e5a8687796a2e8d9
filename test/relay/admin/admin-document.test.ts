import { expect, it } from 'vitest';
import { serveApp } from './support/serve-app.ts';

it('publishes its document, whatever schemas it shares with the app', async () => {
  const served = await serveApp({});
  try {
    const url = `http://127.0.0.1:${served.port}/admin/v1/openapi.json`;
    const answer = await fetch(url, { headers: { authorization: 'Bearer t' } });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ openapi: '3.1.0' });
  } finally {
    served.close();
  }
});
