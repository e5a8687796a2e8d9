import { DOMParser } from '@xmldom/xmldom';
import { expect, test } from 'vitest';
import { withCliOnPath } from '../../build/desktop/windows/msi-path.ts';
import { projectForWixl } from '../../build/desktop/windows/wixl-project.ts';

/** As electron-builder writes it, shortened. */
const project = (source: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<Wix xmlns="http://wixtoolset.org/schemas/v4/wxs"><Product Id="*" Name="Causeway">
<Directory Id="APPLICATIONFOLDER"><Directory Id="d1" Name="APPLICATIONFOLDER:\\resources\\cli\\bin\\"/></Directory>
<ComponentGroup Id="ProductComponents" Directory="APPLICATIONFOLDER">
<Component><File Name="Causeway.exe" Source="$(var.appDir)\\Causeway.exe"/></Component>
<Component Directory="d1"><File Name="causeway.cmd" Source="${source}"/></Component>
</ComponentGroup></Product></Wix>`;

test.each(['$(var.appDir)\\resources\\cli\\bin\\causeway.cmd', '$(var.appDir)/resources/cli/bin/causeway.cmd'])(
  'the MSI puts the folder of %s on everybody’s PATH, and takes it away',
  (source) => {
    const written = withCliOnPath(project(source));
    const document = new DOMParser().parseFromString(written, 'text/xml');
    const [entry, ...more] = [...document.getElementsByTagName('Environment')];
    expect(more).toEqual([]);
    expect(Object.fromEntries([...(entry?.attributes ?? [])].map(({ name, value }) => [name, value]))).toEqual({
      Id: 'CommandLineOnPath',
      Name: 'PATH',
      Value: '[APPLICATIONFOLDER]resources\\cli\\bin',
      Action: 'set',
      Part: 'last',
      Permanent: 'no',
      System: 'yes',
    });
    // It goes and comes with the launcher.
    expect(
      (entry?.parentNode as Element | null | undefined)?.getElementsByTagName('File')[0]?.getAttribute('Name'),
    ).toBe('causeway.cmd');
    expect(entry?.namespaceURI).toBe('http://wixtoolset.org/schemas/v4/wxs');
    expect(projectForWixl(written, 'app', 'icon.ico')).not.toContain('<Environment');
  },
);

test('an MSI without the command line isn’t made', () => {
  expect(() => withCliOnPath(project('other.cmd'))).toThrow(/no command line/u);
});
