import { userInfo } from 'node:os';
import { createLinuxPolicyReader } from './read-linux-policy.ts';
import { createMacPolicyReader } from './read-mac-policy.ts';
import type { PolicyReader } from './policy-reader.ts';
import { createWindowsPolicyReader, windowsPolicyKey } from './read-windows-policy.ts';
import { openRegistry } from './windows-registry.ts';

/**
 * The places of this system where only IT can write. No setting and no variable names others. Where they can’t be looked
 * at, that is what a policy is said to have wrong.
 */
export async function systemPolicyReader(): Promise<PolicyReader> {
  if (process.platform !== 'win32') {
    return process.platform === 'darwin' ? createMacPolicyReader(userInfo().username) : createLinuxPolicyReader();
  }
  try {
    return createWindowsPolicyReader(await openRegistry());
  } catch (error) {
    const problem = { place: windowsPolicyKey, fault: 'unreadable', detail: (error as Error).message } as const;
    return { read: async () => [{ status: 'refused', problem }] };
  }
}
