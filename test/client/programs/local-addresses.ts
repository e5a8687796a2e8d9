// Asks each address with Node’s own clients: local-addresses.ts KIND=ADDRESS …; prints “program kind status”.
import { request } from 'node:http';

function byHttp(options: string | object): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = typeof options === 'string' ? request(options) : request(options);
    asked.once('response', (response) => resolve(response.resume().statusCode ?? 0)).once('error', reject);
    asked.end();
  });
}

async function show(program: string, kind: string, asked: Promise<number>): Promise<void> {
  const status = await asked.catch((error: unknown) => {
    const { code, cause } = error as { code?: string; cause?: { code?: string } };
    const why = cause?.code ?? code;
    return why === 'ENOTFOUND' || why === 'EAI_AGAIN' ? 'unresolved' : (why ?? String(error));
  });
  process.stdout.write(`${program} ${kind} ${status}\n`);
}

for (const argument of process.argv.slice(2)) {
  const at = argument.indexOf('=');
  const [kind, address] = [argument.slice(0, at), argument.slice(at + 1)];
  if (kind === 'unix') await show('node:http', kind, byHttp({ socketPath: address, path: '/node' }));
  else {
    await show('fetch', kind, (async () => (await fetch(`${address}/node`)).status)());
    await show('node:http', kind, byHttp(`${address}/node`));
  }
}
