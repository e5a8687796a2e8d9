import { describe, expect, it } from 'vitest';
import { FieldCodingError, FieldDecoder } from '../../../relay/http2-fields/field-decoder.ts';
import { judgeRequestField } from '../../../relay/http2-fields/judge-field.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

function decode(decoder: FieldDecoder, block: Buffer): string[] {
  const fields: string[] = [];
  decoder.read(block, ({ name, value }) => fields.push(`${name}: ${value}`));
  return fields;
}

describe('what isn’t HPACK is refused', () => {
  it.each([
    ['index 0', '80'],
    ['an index behind both tables', 'be'],
    ['a name behind both tables', '7f 00 01 61'],
    ['a number that doesn’t end', 'ff'],
    ['a number of too many bytes', 'ff ff ff ff ff ff ff 7f'],
    ['a string longer than the block', '00 05 61'],
    ['a name without a value', '00 01 61'],
    ['a length of four gigabytes', '00 7f ff ff ff ff 0f 61'],
    ['a table larger than offered', '3f e2 1f'],
    ['a table resized behind a field', '82 20'],
    ['the symbol EOS', '00 01 61 84 ff ff ff ff'],
    ['padding of more than seven bits', '00 01 61 82 1f ff'],
    ['padding of zeros', '00 01 61 81 18'],
  ])('%s', (_what, block) => {
    expect(() => decode(new FieldDecoder(judgeRequestField), hex(block))).toThrow(FieldCodingError);
  });

  it('an entry that was evicted when the table was made smaller and larger again', () => {
    const decoder = new FieldDecoder(judgeRequestField);
    expect(decode(decoder, hex('40 01 61 01 62 be'))).toEqual(['a: b', 'a: b']);
    expect(() => decode(decoder, hex('20 3f e1 1f be'))).toThrow(FieldCodingError);
  });
});

describe('the examples of RFC 7541', () => {
  it.each([
    ['C.2.1', '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', ['custom-key: custom-header']],
    ['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', [':path: /sample/path']],
    ['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', ['password: secret']],
    ['C.2.4', '82', [':method: GET']],
  ])('%s', (_section, block, fields) => {
    expect(decode(new FieldDecoder(judgeRequestField), hex(block))).toEqual(fields);
  });

  const first = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
  const requests = [
    first,
    [...first, 'cache-control: no-cache'],
    [':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com', 'custom-key: custom-value'],
  ];
  const date21 = 'date: Mon, 21 Oct 2013 20:13:21 GMT';
  const date22 = 'date: Mon, 21 Oct 2013 20:13:22 GMT';
  const location = 'location: https://www.example.com';
  const cookie = 'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
  const answers = [
    [':status: 302', 'cache-control: private', date21, location],
    [':status: 307', 'cache-control: private', date21, location],
    [':status: 200', 'cache-control: private', date22, location, 'content-encoding: gzip', cookie],
  ];

  it.each([
    [
      'C.3, requests without Huffman coding',
      4096,
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ],
      requests,
    ],
    [
      'C.4, requests with Huffman coding',
      4096,
      [
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      ],
      requests,
    ],
    [
      'C.5, answers without Huffman coding, with evictions',
      256,
      [
        `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d
         546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
        '4803 3330 37c1 c0bf',
        `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f
         6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b
         2076 6572 7369 6f6e 3d31`,
      ],
      answers,
    ],
    [
      'C.6, answers with Huffman coding, with evictions',
      256,
      [
        `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7
         8f0b 97c8 e9ae 82ae 43d3`,
        '4883 640e ffc1 c0bf',
        `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335
         dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
      ],
      answers,
    ],
  ])('%s', (_section, tableBytes, blocks, fields) => {
    const decoder = new FieldDecoder(judgeRequestField, tableBytes);
    expect(blocks.map((block) => decode(decoder, hex(block)))).toEqual(fields);
  });
});

describe('a malformed field', () => {
  const literal = (start: number, name: string, value: string): Buffer =>
    Buffer.concat([
      Buffer.from([start, name.length]),
      Buffer.from(name, 'latin1'),
      Buffer.from([value.length]),
      Buffer.from(value, 'latin1'),
    ]);
  const faults = (decoder: FieldDecoder, block: Buffer): (string | null)[] => {
    const found: (string | null)[] = [];
    decoder.read(block, ({ fault }) => found.push(fault));
    return found;
  };

  it('stays one when it is named again from the table', () => {
    const decoder = new FieldDecoder(judgeRequestField);
    expect(faults(decoder, literal(0x40, 'x-a', 'a\r\nb'))).toEqual([expect.stringContaining('x-a')]);
    expect(faults(decoder, Buffer.from([0x82, 0xbe]))).toEqual([null, expect.stringContaining('x-a')]);
    // Its name alone is a good one.
    expect(faults(decoder, Buffer.from([0x7e, 1, 0x62]))).toEqual([null]);
  });

  it('is never shown with its value', () => {
    for (const value of ['secret\n', ' secret', 'secret\t', 'sec\0ret']) {
      expect(faults(new FieldDecoder(judgeRequestField), literal(0, 'x-a', value))).toEqual([
        expect.not.stringContaining('sec'),
      ]);
    }
  });

  it('is found in a block that names one large entry again and again, at the cost of its bytes', () => {
    const decoder = new FieldDecoder(judgeRequestField);
    const entry = Buffer.concat([
      Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]),
      Buffer.alloc(4000, 'x'),
      Buffer.alloc(140_000, 0xbe),
    ]);
    const before = process.cpuUsage();
    for (let round = 0; round < 20; round += 1) expect(faults(decoder, entry)).toHaveLength(140_001);
    expect(process.cpuUsage(before).user).toBeLessThan(4_000_000);
  });
});
