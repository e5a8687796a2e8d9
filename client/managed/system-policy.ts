import { userInfo } from 'node:os';
import { createLinuxPolicyReader } from './read-linux-policy.ts';
import { createMacPolicyReader } from './read-mac-policy.ts';
import type { PolicyReader } from './policy-reader.ts';
import { createWindowsPolicyReader } from './read-windows-policy.ts';
import { openRegistry } from './windows-registry.ts';

/** The places of this system where only IT can write. No setting and no variable names others. */
export async function systemPolicyReader(): Promise<PolicyReader> {
  if (process.platform === 'win32') return createWindowsPolicyReader(await openRegistry());
  return process.platform === 'darwin' ? createMacPolicyReader(userInfo().username) : createLinuxPolicyReader();
}
