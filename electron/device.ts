/** How this computer is named to its owner on the Sessions screen. */
export interface Device {
  readonly name: string;
  readonly system: string;
}

export interface DeviceFacts {
  readonly hostname: string;
  readonly platform: NodeJS.Platform;
  /** The kernel's release, for example `6.12.8-generic`. */
  readonly release: string;
  /** A name given by IT, `CAUSEWAY_DEVICE_NAME`. */
  readonly givenName: string | undefined;
}

/** Name and system of this computer; the release is cut to its first two numbers. */
export function describeDevice({ hostname, platform, release, givenName }: DeviceFacts): Device {
  const names: Partial<Record<NodeJS.Platform, string>> = { darwin: 'macOS, Darwin', win32: 'Windows', linux: 'Linux' };
  const short = /^\d+(?:\.\d+)?/.exec(release)?.[0] ?? '';
  return { name: givenName ?? hostname, system: `${names[platform] ?? platform} ${short}`.trim() };
}
