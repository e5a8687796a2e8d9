/** Protocols that an API may let callers switch to, as `Upgrade` names them: streams of bytes behind one decision. */
export const upgradeProtocols = ['websocket', 'SPDY/3.1', 'tcp'] as const;

export type UpgradeProtocol = (typeof upgradeProtocols)[number];
