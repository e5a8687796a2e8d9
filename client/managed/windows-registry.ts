import type { RawRegistryValue } from './registry-value.ts';
import type { Registry } from './read-windows-policy.ts';

/** Predefined handles (winreg.h), as the system extends them to the size of a pointer. */
const hives = { HKLM: -2_147_483_646, HKCU: -2_147_483_647 } as const;
const success = 0;
const fileNotFound = 2;
const moreData = 234;
const noMoreItems = 259;
/** KEY_QUERY_VALUE, in the one registry that 32- and 64-bit programs are meant to share (KEY_WOW64_64KEY). */
const readRights = 0x0001 | 0x0100;
const maxNameCharacters = 16_383;
const maxValueBytes = 1_048_576;
const firstValueBytes = 16_384;
const mostValues = 1_000;

type Open = (hive: number, key: string, options: number, rights: number, handle: Buffer) => number;
type Enumerate = (
  key: bigint,
  index: number,
  name: Buffer,
  nameCharacters: Buffer,
  reserved: null,
  type: Buffer,
  data: Buffer,
  bytes: Buffer,
) => number;
type Close = (key: bigint) => number;

/** Functions of advapi32.dll, as far as they are used. */
export interface RegistryFunctions {
  readonly open: Open;
  readonly enumerate: Enumerate;
  readonly close: Close;
}

/** How the functions are declared (winreg.h); a handle is as large as a pointer. */
export const registryPrototypes = {
  open: 'long __stdcall RegOpenKeyExW(intptr_t, str16, uint32_t, uint32_t, void *)',
  enumerate: 'long __stdcall RegEnumValueW(intptr_t, uint32_t, void *, void *, void *, void *, void *, void *)',
  close: 'long __stdcall RegCloseKey(intptr_t)',
} as const;

/** Loads advapi32.dll through koffi, which needs no compiler at installation; only on Windows. */
async function load(): Promise<RegistryFunctions> {
  const { default: koffi } = await import('koffi/indirect');
  const advapi = koffi.load('advapi32.dll');
  return {
    open: advapi.func(registryPrototypes.open) as Open,
    enumerate: advapi.func(registryPrototypes.enumerate) as Enumerate,
    close: advapi.func(registryPrototypes.close) as Close,
  };
}

/** The system’s registry. @throws Error where advapi32.dll can’t be loaded */
export async function openRegistry(): Promise<Registry> {
  return registryOver(await load());
}

/** The registry that these functions lead to. */
export function registryOver({ open, enumerate, close }: RegistryFunctions): Registry {
  return {
    valuesOf(hive, key) {
      const handle = Buffer.alloc(8);
      const opened = open(hives[hive], key, 0, readRights, handle);
      if (opened === fileNotFound) return null;
      if (opened !== success) throw new Error(`Windows doesn’t let it be read (error ${opened}).`);
      const opened64 = handle.readBigInt64LE(0);
      try {
        const values: RawRegistryValue[] = [];
        for (let index = 0; index < mostValues; index += 1) {
          const value = valueAt(enumerate, opened64, index);
          if (value === null) break;
          values.push(value);
        }
        return values;
      } finally {
        close(opened64);
      }
    },
  };
}

/** One value by its place; null after the last. A value may grow between two looks, so that its size counts anew. */
function valueAt(enumerate: Enumerate, key: bigint, index: number): RawRegistryValue | null {
  for (let room = firstValueBytes; ;) {
    const name = Buffer.alloc((maxNameCharacters + 1) * 2);
    const nameCharacters = numberOf(maxNameCharacters + 1);
    const type = Buffer.alloc(4);
    const data = Buffer.alloc(room);
    const bytes = numberOf(room);
    const result = enumerate(key, index, name, nameCharacters, null, type, data, bytes);
    if (result === noMoreItems) return null;
    if (result === moreData && room < maxValueBytes) {
      room = Math.min(maxValueBytes, Math.max(room * 2, bytes.readUInt32LE(0)));
      continue;
    }
    if (result !== success) throw new Error(`Windows doesn’t give a value (error ${result}).`);
    return {
      name: name.toString('utf16le', 0, nameCharacters.readUInt32LE(0) * 2),
      type: type.readUInt32LE(0),
      data: data.subarray(0, bytes.readUInt32LE(0)),
    };
  }
}

function numberOf(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}
