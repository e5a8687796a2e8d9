import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A forward proxy in a process of its own, which reaches one relay whatever host is asked for. */
export interface ConnectProxyProcess {
  /** Ends it at once, as a crash does: its connections end with it, and its port refuses. */
  kill(): Promise<void>;
  /** Leaves its connections open and answers nothing any more, new ones included. */
  freeze(): void;
}

const script = fileURLToPath(new URL('connect-proxy-main.ts', import.meta.url));

/** Starts it on a port of 127.0.0.1 and resolves once it takes connections. */
export async function startConnectProxyProcess(port: number, relayPort: number): Promise<ConnectProxyProcess> {
  const child: ChildProcess = fork(script, [String(port), String(relayPort)]);
  const exited = once(child, 'exit');
  const [first] = (await Promise.race([once(child, 'message'), exited])) as [unknown];
  if (first !== 'listening') throw new Error(`The proxy ended with ${String(first)}`);
  return {
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    freeze: () => void child.kill('SIGSTOP'),
  };
}
