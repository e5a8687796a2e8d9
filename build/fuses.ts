import { type FuseConfig, FuseV1Options, FuseVersion } from '@electron/fuses';

/**
 * Switches inside the packaged runtime, every one set: packaging fails when Electron gains a fuse that isn't named here.
 * @see https://www.electronjs.org/docs/latest/tutorial/fuses
 */
export const fuses: FuseConfig = {
  version: FuseVersion.V1,
  strictlyRequireAllFuses: true,
  // The app's binary is no Node that runs any script under the app's signature.
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  // The app ships no snapshot of its own for the main process.
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  [FuseV1Options.WasmTrapHandlers]: true,
};
