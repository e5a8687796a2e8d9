/** Where headers end and the only section begins, in the file and in memory. */
const sectionAt = { file: 0x200, memory: 0x1000 };

/**
 * Makes a library of Windows that exports functions by name and has no code: as much as `makensis` reads of a plug-in. An
 * installer that holds one proves its script, and runs nowhere.
 * @see https://learn.microsoft.com/en-us/windows/win32/debug/pe-format
 */
export function stubPlugin(fileName: string, functions: readonly string[]): Buffer {
  const exports = exportTable(fileName, functions.toSorted());
  const fileBytes = Math.ceil(exports.length / 0x200) * 0x200;
  const bytes = Buffer.alloc(sectionAt.file + fileBytes);
  bytes.write('MZ', 0, 'latin1');
  bytes.writeUInt32LE(0x40, 0x3c);
  bytes.write('PE\0\0', 0x40, 'latin1');
  const coff = 0x44;
  bytes.writeUInt16LE(0x14c, coff);
  bytes.writeUInt16LE(1, coff + 2);
  bytes.writeUInt16LE(0xe0, coff + 16);
  // A library, of 32 bits, without relocations to make.
  bytes.writeUInt16LE(0x2102, coff + 18);
  const optional = coff + 20;
  const optionalFields: readonly (readonly [at: number, value: number])[] = [
    [20, sectionAt.memory],
    [28, 0x10000000],
    [32, sectionAt.memory],
    [36, sectionAt.file],
    [56, sectionAt.memory + Math.ceil(exports.length / sectionAt.memory) * sectionAt.memory],
    [60, sectionAt.file],
    [92, 16],
    [96, sectionAt.memory],
    [100, exports.length],
  ];
  bytes.writeUInt16LE(0x10b, optional);
  bytes.writeUInt16LE(6, optional + 48);
  bytes.writeUInt16LE(2, optional + 68);
  for (const [at, value] of optionalFields) bytes.writeUInt32LE(value, optional + at);
  const section = optional + 0xe0;
  bytes.write('.rdata', section, 'latin1');
  for (const [at, value] of [
    [8, exports.length],
    [12, sectionAt.memory],
    [16, fileBytes],
    [20, sectionAt.file],
    [36, 0x40000040],
  ] as const)
    bytes.writeUInt32LE(value, section + at);
  exports.copy(bytes, sectionAt.file);
  return bytes;
}

/** Directory, addresses, addresses of names, ordinals, then the names. */
function exportTable(fileName: string, functions: readonly string[]): Buffer {
  const count = functions.length;
  const [addresses, names, ordinals] = [40, 40 + 4 * count, 40 + 8 * count];
  const textsAt = 40 + 10 * count;
  const texts = [fileName, ...functions].map((text) => Buffer.from(`${text}\0`, 'latin1'));
  const table = Buffer.concat([Buffer.alloc(textsAt), ...texts]);
  const directory = [0, 0, 0, sectionAt.memory + textsAt, 1, count, count, addresses, names, ordinals];
  directory.forEach((value, at) => table.writeUInt32LE(at < 7 ? value : sectionAt.memory + value, at * 4));
  let textAt = textsAt + (texts[0]?.length ?? 0);
  for (const [at, text] of texts.slice(1).entries()) {
    table.writeUInt32LE(sectionAt.memory, addresses + 4 * at);
    table.writeUInt32LE(sectionAt.memory + textAt, names + 4 * at);
    table.writeUInt16LE(at, ordinals + 2 * at);
    textAt += text.length;
  }
  return table;
}
