import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** What came back of a call, whichever program made it. */
export interface CallResult {
  readonly program: 'curl' | 'fetch';
  readonly status: number;
  readonly body: string;
}

/** Makes the call with the `curl` on PATH, as a person would paste it; with `fetch` where there is none. */
export async function callWithCurl(
  url: string,
  options: { method?: string; json?: unknown } = {},
): Promise<CallResult> {
  const method = options.method ?? 'GET';
  const body = options.json === undefined ? undefined : JSON.stringify(options.json);
  const curlArguments = ['-sS', '--max-time', '30', '-X', method, '-w', '\n%{http_code}'];
  if (body !== undefined) curlArguments.push('-H', 'Content-Type: application/json', '--data-binary', body);
  const child = spawn('curl', [...curlArguments, url], { stdio: ['ignore', 'pipe', 'pipe'] });
  const failedToStart = new Promise<'missing'>((resolve) => child.once('error', () => resolve('missing')));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await Promise.race([failedToStart, exit]);
  if (code === 'missing') {
    const response = await fetch(url, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    });
    return { program: 'fetch', status: response.status, body: await response.text() };
  }
  const [out, problem] = await output;
  if (code !== 0) throw new Error(`curl ended with ${String(code)}: ${problem.trim()}`);
  const split = out.lastIndexOf('\n');
  return { program: 'curl', status: Number(out.slice(split + 1)), body: out.slice(0, split) };
}
