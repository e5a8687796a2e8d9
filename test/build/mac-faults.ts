import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../shared/version.ts';
import { makeMacProgram } from '../support/signing/mac-app.ts';
import { edit, flip, noLicenceOfWs } from './packaged-app.ts';

const macFuses = 'Causeway.app/Contents/Frameworks/Electron Framework.framework/Versions/A/Electron Framework';

/** What may be wrong in a Mac’s app: how the app that is packed is changed, how its layout is, and what is found. */
export const macFaults: readonly (readonly [
  what: string,
  change: ((app: string) => void) | null,
  plant: (root: string) => void | Promise<void>,
  found: readonly RegExp[],
])[] = [
  ['nothing wrong', null, () => undefined, []],
  ['a flipped byte', flip, () => undefined, [/in the archive isn’t what its hash says/]],
  ['a missing licence', noLicenceOfWs, () => undefined, [/licence of ws/, /w \S+ is missing in/]],
  [
    'a fuse that is on',
    null,
    (root) => edit(macFuses, (text) => text.replace('010011001', '110011001'))(root),
    [/RunAsNode isn’t off for x64/],
  ],
  [
    'a fuse that is on for the other kind of Mac alone',
    null,
    (root) => edit(macFuses, (text) => text.replace(/010011001(?![^]*010011001)/, '110011001'))(root),
    [/RunAsNode isn’t off for arm64/],
  ],
  [
    'no fuses for one kind of Mac, and a program that expects something else of Info.plist',
    null,
    (root) =>
      edit(macFuses, (text) =>
        text
          .replace('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX', '-'.repeat(32))
          .replace(/(?<=EuJsXb2A..)./s, (letter) => (letter === '?' ? '!' : '?')),
      )(root),
    [/0 wires of fuses, not one for x64/, /expects something else of Info\.plist for x64/],
  ],
  [
    'another version and another archive than macOS’ own file says',
    null,
    (root) =>
      edit('Causeway.app/Contents/Info.plist', (text) =>
        text.replace(version, '0.0.1').replace(/[0-9a-f]{64}/, '0'.repeat(64)),
      )(root),
    [
      /Info.plist says version 0\.0\.1/,
      /doesn’t have the hash/,
      /expects something else.* x64/,
      /something else.* arm64/,
    ],
  ],
  [
    'a command line for one kind of Mac, of another version, with a part that isn’t in its list',
    null,
    async (root) => {
      const cli = join(root, 'Causeway.app/Contents/Resources/cli');
      await makeMacProgram(join(cli, 'lib/node'), ['arm64']);
      edit('lib/cli/package.json', (text) => text.replace(version, '0.0.1'))(cli);
      edit('share/sbom.cdx.json', (text) => text.replace('"name": "ws"', '"name": "w"'))(cli);
    },
    [/calls itself 0\.0\.1/, /Node isn’t for x64/, /^\S+ The command line inside: /, /^\S+ The command line inside: /],
  ],
  [
    'no launcher of the command line',
    null,
    (root) => rmSync(join(root, 'Causeway.app/Contents/Resources/cli/bin/causeway')),
    [/The command line inside lacks bin\/causeway/],
  ],
  ['no app', null, (root) => rmSync(join(root, 'Causeway.app/Contents/Resources/app.asar')), [/No app was/]],
];
