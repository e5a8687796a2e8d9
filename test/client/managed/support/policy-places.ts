import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PolicyReader } from '../../../../client/managed/policy-reader.ts';
import { createLinuxPolicyReader } from '../../../../client/managed/read-linux-policy.ts';
import { createMacPolicyReader, macPolicyDomain } from '../../../../client/managed/read-mac-policy.ts';
import { createWindowsPolicyReader } from '../../../../client/managed/read-windows-policy.ts';
import { type RawRegistryValue, registryTypes } from '../../../../client/managed/registry-value.ts';
import type { Trust } from '../../../../client/managed/trusted-file.ts';

type Entries = Readonly<Record<string, unknown>>;

/** A place where IT puts policies, as one system has it, over a folder or a registry of the test’s own. */
export interface PolicyPlace {
  readonly name: 'Linux files' | 'Windows registry' | 'macOS preferences';
  readonly reader: PolicyReader;
  /** What stands there for the whole computer. */
  readonly machinePlace: string;
  /** Replaces what stands there; null for the person where the system has no such place. */
  put(entries: Entries, scope?: 'machine' | 'user'): void;
  close(): void;
}

/** The three, made anew. */
export const placeMakers: readonly (() => PolicyPlace)[] = [linuxPlace, windowsPlace, macPlace];

/** A folder of this user’s own that passes for the administrator’s. */
export function ownFolder(): { readonly folder: string; readonly trust: Trust } {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-policy-'));
  return { folder, trust: { owners: [process.getuid?.() ?? 0], top: folder } };
}

function linuxPlace(): PolicyPlace {
  const { folder, trust } = ownFolder();
  const machinePlace = join(folder, 'policy.json');
  return {
    name: 'Linux files',
    reader: createLinuxPolicyReader(folder, trust),
    machinePlace,
    put: (entries) => writeFileSync(machinePlace, JSON.stringify(entries), { mode: 0o644 }),
    close: () => rmSync(folder, { recursive: true }),
  };
}

function windowsPlace(): PolicyPlace {
  const hives = new Map<'HKLM' | 'HKCU', readonly RawRegistryValue[]>();
  return {
    name: 'Windows registry',
    reader: createWindowsPolicyReader({ valuesOf: (hive) => hives.get(hive) ?? null }),
    machinePlace: String.raw`HKLM\Software\Policies\Causeway`,
    put: (entries, scope = 'machine') => {
      hives.set(scope === 'machine' ? 'HKLM' : 'HKCU', Object.entries(entries).map(rawValue));
    },
    close: () => hives.clear(),
  };
}

/** A value as group policy writes it: texts end with NUL, tables are lines of `name=value`. */
export function rawValue([name, value]: readonly [string, unknown]): RawRegistryValue {
  if (typeof value === 'boolean' || typeof value === 'number') {
    const data = Buffer.alloc(4);
    data.writeUInt32LE(Number(value), 0);
    return { name, type: registryTypes.dword, data };
  }
  if (typeof value === 'string') return { name, type: registryTypes.sz, data: Buffer.from(`${value}\0`, 'utf16le') };
  const lines = Array.isArray(value)
    ? value.map(String)
    : Object.entries(value ?? {}).map(([key, item]) => `${key}=${String(item)}`);
  return {
    name,
    type: registryTypes.multiSz,
    data: Buffer.from(`${lines.map((line) => `${line}\0`).join('')}\0`, 'utf16le'),
  };
}

const toPlist = `
import json, plistlib, sys
with open(sys.argv[1], 'wb') as file:
    plistlib.dump(json.load(sys.stdin), file, fmt=plistlib.FMT_BINARY if sys.argv[2] == 'binary' else plistlib.FMT_XML)
`;
const toJson = 'import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';

/** Property lists are made and read by Python’s plistlib, which stands in for \`plutil\`. */
export function writePlist(path: string, entries: Entries, format: 'binary' | 'xml'): void {
  execFileSync('python3', ['-c', toPlist, path, format], { input: JSON.stringify(entries) });
}

/** Reads what macOS would have written, binary or XML. */
export async function convertPlist(bytes: Buffer): Promise<string> {
  const running = promisify(execFile)('python3', ['-c', toJson]);
  running.child.stdin?.end(bytes);
  return (await running).stdout;
}

function macPlace(): PolicyPlace {
  const { folder, trust } = ownFolder();
  const file = `${macPolicyDomain}.plist`;
  mkdirSync(join(folder, 'alice'), { mode: 0o755 });
  const machinePlace = join(folder, file);
  return {
    name: 'macOS preferences',
    reader: createMacPolicyReader('alice', { folder, trust, convert: convertPlist }),
    machinePlace,
    put: (entries, scope = 'machine') => {
      if (scope === 'machine') writePlist(machinePlace, entries, 'binary');
      else writePlist(join(folder, 'alice', file), entries, 'xml');
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}
