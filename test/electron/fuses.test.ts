import { FuseV1Options } from '@electron/fuses';
import { FusesPlugin } from '@electron-forge/plugin-fuses';
import { describe, expect, test } from 'vitest';
import builder from '../../build/electron-builder.config.ts';
import { fuses } from '../../build/fuses.ts';
import forge from '../../forge.config.ts';

describe('packaging', () => {
  const named = Object.entries(FuseV1Options).filter((entry): entry is [string, FuseV1Options] => {
    return typeof entry[1] === 'number';
  });

  test('every fuse that the library knows is set, and packaging fails on one it doesn’t', () => {
    expect(fuses.strictlyRequireAllFuses).toBe(true);
    for (const [name, index] of named) expect(fuses[index], name).toBeTypeOf('boolean');
  });

  test.each([
    ['RunAsNode', false],
    ['EnableNodeOptionsEnvironmentVariable', false],
    ['EnableNodeCliInspectArguments', false],
    ['GrantFileProtocolExtraPrivileges', false],
    ['EnableCookieEncryption', true],
    ['EnableEmbeddedAsarIntegrityValidation', true],
    ['OnlyLoadAppFromAsar', true],
  ] as const)('the fuse %s is %s', (name, value) => {
    expect(fuses[FuseV1Options[name]]).toBe(value);
  });

  test('Forge flips exactly these fuses and packs an archive', () => {
    const plugin = forge.plugins?.find((each) => each instanceof FusesPlugin);
    expect(plugin).toMatchObject({ fusesConfig: fuses });
    expect(forge.packagerConfig?.asar).toBe(true);
  });

  test('installers for three systems take over causeway:// links and publish nowhere by themselves', () => {
    expect(builder.protocols).toMatchObject([{ schemes: ['causeway'] }]);
    expect(builder.win?.target).toEqual(['nsis', 'msi']);
    expect(builder.mac?.target).toEqual(['dmg', 'zip']);
    expect(builder.linux?.target).toEqual(['AppImage']);
    expect(builder.publish).toBeNull();
  });
});
