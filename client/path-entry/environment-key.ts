import { registryTypes } from '../managed/registry-value.ts';

/** Whose variables: those of the person who installs, or of the computer. */
export const pathScopes = ['user', 'machine'] as const;
export type PathScope = (typeof pathScopes)[number];

/** A text of the registry; one that names other variables is of another type. */
export interface EnvironmentText {
  readonly type: number;
  readonly text: string;
}

/** PATH as Windows keeps it. */
export interface PathStore {
  /** Null when there is none. @throws Error when it is no text, or can’t be read */
  read(): EnvironmentText | null;
  /** @throws Error when it can’t be written */
  write(value: EnvironmentText): void;
  /** Lets programs that are to start others know, so that no new sign-in is needed. */
  announce(): void;
}

/** Predefined handles and places (winreg.h). */
const places = {
  user: { hive: -2_147_483_647, key: 'Environment' },
  machine: { hive: -2_147_483_646, key: 'SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment' },
} as const satisfies Readonly<Record<PathScope, { readonly hive: number; readonly key: string }>>;
/** KEY_QUERY_VALUE, KEY_SET_VALUE and KEY_WOW64_64KEY. */
const rights = 0x0001 | 0x0002 | 0x0100;
const success = 0;
const fileNotFound = 2;
const mostBytes = 2 * 65_536;
/** HWND_BROADCAST, WM_SETTINGCHANGE, SMTO_ABORTIFHUNG (winuser.h). */
const broadcast = { window: 0xffff, message: 0x001a, flags: 0x0002, timeoutMs: 5000 } as const;

type Open = (hive: number, key: string, options: number, rights: number, handle: Buffer) => number;
type Query = (key: bigint, name: string, reserved: null, type: Buffer, data: Buffer, bytes: Buffer) => number;
type Put = (key: bigint, name: string, reserved: number, type: number, data: Buffer, bytes: number) => number;
type Close = (key: bigint) => number;
type Send = (
  window: number,
  message: number,
  word: number,
  text: string,
  flags: number,
  ms: number,
  result: Buffer,
) => number;

/** Functions of advapi32.dll and user32.dll, as far as they are used. */
export interface EnvironmentFunctions {
  readonly open: Open;
  readonly query: Query;
  readonly put: Put;
  readonly close: Close;
  readonly send: Send;
}

/** How the functions are declared (winreg.h, winuser.h); a handle is as large as a pointer. */
export const environmentPrototypes = {
  open: 'long __stdcall RegOpenKeyExW(intptr_t, str16, uint32_t, uint32_t, void *)',
  query: 'long __stdcall RegQueryValueExW(intptr_t, str16, void *, void *, void *, void *)',
  put: 'long __stdcall RegSetValueExW(intptr_t, str16, uint32_t, uint32_t, void *, uint32_t)',
  close: 'long __stdcall RegCloseKey(intptr_t)',
  send: 'intptr_t __stdcall SendMessageTimeoutW(intptr_t, uint32_t, uintptr_t, str16, uint32_t, uint32_t, void *)',
} as const;

/** PATH of this Windows. @throws Error where its libraries can’t be loaded */
export async function openPathStore(scope: PathScope): Promise<PathStore> {
  const { default: koffi } = await import('koffi/indirect');
  const advapi = koffi.load('advapi32.dll');
  const functions = {
    open: advapi.func(environmentPrototypes.open) as Open,
    query: advapi.func(environmentPrototypes.query) as Query,
    put: advapi.func(environmentPrototypes.put) as Put,
    close: advapi.func(environmentPrototypes.close) as Close,
    send: koffi.load('user32.dll').func(environmentPrototypes.send) as Send,
  };
  return pathStoreOver(functions, scope);
}

/** PATH where these functions lead. */
export function pathStoreOver({ open, query, put, close, send }: EnvironmentFunctions, scope: PathScope): PathStore {
  const inKey = <Result>(work: (key: bigint) => Result): Result => {
    const handle = Buffer.alloc(8);
    const { hive, key } = places[scope];
    const opened = open(hive, key, 0, rights, handle);
    if (opened !== success) throw new Error(`Windows doesn’t open the variables of the ${scope} (error ${opened}).`);
    const opened64 = handle.readBigInt64LE(0);
    try {
      return work(opened64);
    } finally {
      close(opened64);
    }
  };
  return {
    read: () =>
      inKey((key) => {
        const [type, data, bytes] = [Buffer.alloc(4), Buffer.alloc(mostBytes), Buffer.alloc(4)];
        bytes.writeUInt32LE(mostBytes);
        const result = query(key, 'Path', null, type, data, bytes);
        if (result === fileNotFound) return null;
        if (result !== success) throw new Error(`Windows doesn’t give PATH (error ${result}).`);
        const number = type.readUInt32LE(0);
        if (number !== registryTypes.sz && number !== registryTypes.expandSz)
          throw new Error(`PATH is no text in the registry (type ${number}); it stays as it is.`);
        const text = data.toString('utf16le', 0, bytes.readUInt32LE(0) & ~1);
        return { type: number, text: text.split('\0')[0] ?? '' };
      }),
    write: ({ type, text }) =>
      inKey((key) => {
        const data = Buffer.from(`${text}\0`, 'utf16le');
        const result = put(key, 'Path', 0, type, data, data.length);
        if (result !== success) throw new Error(`Windows doesn’t take PATH (error ${result}).`);
      }),
    announce() {
      const { window, message, flags, timeoutMs } = broadcast;
      send(window, message, 0, 'Environment', flags, timeoutMs, Buffer.alloc(8));
    },
  };
}
