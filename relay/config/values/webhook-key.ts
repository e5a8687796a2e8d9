/** Size of keys in bytes (Standard Webhooks, “Signature scheme”). */
const [minKeyBytes, maxKeyBytes] = [24, 64];

/** The key in `whsec_<base64>`; undefined when it isn't one of 24 to 64 bytes. */
export function webhookKey(secret: string): Buffer | undefined {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  if (base64 === undefined || base64.length % 4 !== 0) return undefined;
  const key = Buffer.from(base64, 'base64');
  return key.length >= minKeyBytes && key.length <= maxKeyBytes ? key : undefined;
}
