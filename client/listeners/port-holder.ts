import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { readProcNet } from './proc-net.ts';
import { text } from '../../shared/messages/text.ts';

const run = promisify(execFile);
const commandTimeoutMs = 3_000;

/** A program that holds a port, as far as this user may see it. */
export interface PortHolder {
  readonly pid: number;
  /** Null where the system doesn't tell. */
  readonly name: string | null;
}

async function holderOnLinux(port: number): Promise<PortHolder | null> {
  const sockets = [...(await readProcNet('IPv4')), ...(await readProcNet('IPv6'))];
  const inodes = new Set(sockets.filter((s) => s.listening && s.localPort === port).map((s) => `socket:[${s.inode}]`));
  if (inodes.size === 0) return null;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // Other users' processes can't be read, and processes come and go while we look: both mean “not this one”.
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (!inodes.has(target)) continue;
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => null);
      return { pid: Number(pid), name: name?.trim() ?? null };
    }
  }
  return null;
}

async function holderOnMac(port: number): Promise<PortHolder | null> {
  const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { timeout: commandTimeoutMs });
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  const name = /^c(.+)$/m.exec(stdout)?.[1];
  return pid === undefined ? null : { pid: Number(pid), name: name ?? null };
}

async function holderOnWindows(port: number): Promise<PortHolder | null> {
  const { stdout } = await run('netstat', ['-ano', '-p', 'TCP'], { timeout: commandTimeoutMs, windowsHide: true });
  const line = stdout.split(/\r?\n/).find((row) => row.includes(`:${port} `) && /:0\s+LISTENING/.test(row));
  const pid = /(\d+)\s*$/.exec(line ?? '')?.[1];
  if (pid === undefined) return null;
  const list = await run('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'], {
    timeout: commandTimeoutMs,
    windowsHide: true,
  });
  return { pid: Number(pid), name: /^"([^"]+)"/.exec(list.stdout.trim())?.[1] ?? null };
}

/** Finds who listens on a TCP port of this computer; null when the system doesn't tell. Never throws. */
export async function findPortHolder(port: number): Promise<PortHolder | null> {
  try {
    if (process.platform === 'linux') return await holderOnLinux(port);
    if (process.platform === 'darwin') return await holderOnMac(port);
    return process.platform === 'win32' ? await holderOnWindows(port) : null;
  } catch {
    // The name only helps the person; without the tool that tells it, the error about the port stands on its own.
    return null;
  }
}

/** The holder in words, for “Port 7101 is used by …”. */
export function holderWords(holder: PortHolder | null): string {
  if (!holder) return text('failure.holder.unknown');
  if (holder.pid === process.pid) return text('failure.holder.own');
  return text('failure.holder', { name: holder.name ?? text('failure.holder.nameless'), process: String(holder.pid) });
}
