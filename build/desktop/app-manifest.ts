import type { BuildSignature } from '../../shared/snapshot.ts';

/** What the app's archive says of itself; the project's own manifest lists scripts and libraries, which nobody needs there. */
export interface AppManifest {
  readonly name: string;
  readonly productName: string;
  readonly version: string;
  readonly description: string;
  readonly author: string;
  readonly license: string;
  readonly type: string;
  readonly main: string;
}

/** Takes from the project's manifest what the app needs at run time. */
export function appManifest(
  project: AppManifest,
  signature: BuildSignature,
): AppManifest & { readonly signature: BuildSignature } {
  const { name, productName, version, description, author, license, type, main } = project;
  return { name, productName, version, description, author, license, type, main, signature };
}
