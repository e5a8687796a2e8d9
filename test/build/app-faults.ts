import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { edit, flip, noLicenceOfWs } from './packaged-app.ts';

const sbom = 'resources/notices/sbom.cdx.json';

/** What may be wrong in the app’s directory, and what is found of it. */
export const appFaults: readonly (readonly [fault: string, plant: (at: string) => void, found: RegExp])[] = [
  ['a flipped byte in the archive', flip, /in the archive isn’t what its hash says/],
  ['a fuse that is on', edit('causeway', (text) => text.replace('010011001', '110011001')), /RunAsNode isn’t off/],
  ['a fuse that is off', edit('causeway', (text) => text.replace('010011001', '010010001')), /OnlyLoadApp.* isn’t on/],
  [
    'a part that isn’t in the list',
    edit(sbom, (text) => text.replace('"name": "ws"', '"name": "w"')),
    /ws \S+ is miss/,
  ],
  ['no list', (at) => rmSync(join(at, sbom)), /no list of what is inside/],
  ['a licence that is missing', noLicenceOfWs, /The licence of ws \S+ is mis/],
  ['no licences', (at) => rmSync(join(at, 'resources/notices/third-party-licenses.txt')), /There are no licences/],
  [
    'no way to ask the system',
    (at) => rmSync(join(at, 'resources/node_modules/koffi'), { recursive: true }),
    /\(koffi\)/,
  ],
];
