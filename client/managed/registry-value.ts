/** Types of values in the Windows registry (winnt.h). */
export const registryTypes = {
  sz: 1,
  expandSz: 2,
  binary: 3,
  dword: 4,
  dwordBigEndian: 5,
  multiSz: 7,
  qword: 11,
} as const;

/** A value as the registry gives it: its type’s number and its bytes. */
export interface RawRegistryValue {
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
}

/**
 * What a value is: a text, a number or several texts. Undefined for every other type, and for numbers of a wrong size.
 * The registry doesn’t promise that texts end where they say: what follows a NUL, or lacks one, or is half a character, is
 * no part of the text.
 */
export function decodeRegistryValue({ type, data }: RawRegistryValue): string | number | readonly string[] | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  switch (type) {
    case registryTypes.sz:
      return textOf(bytes).split('\0')[0] ?? '';
    case registryTypes.multiSz:
      return textOf(bytes)
        .split('\0')
        .filter((item) => item !== '');
    case registryTypes.dword:
      return bytes.length === 4 ? bytes.readUInt32LE(0) : undefined;
    case registryTypes.dwordBigEndian:
      return bytes.length === 4 ? bytes.readUInt32BE(0) : undefined;
    case registryTypes.qword:
      return bytes.length === 8 ? Number(bytes.readBigUInt64LE(0)) : undefined;
    default:
      return undefined;
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf16le', 0, bytes.length - (bytes.length % 2));
}
