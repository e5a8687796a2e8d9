import { z } from 'zod';

/** Who made the link at the admin API that it was enrolled by, hashed; missing for links of who can open the relay’s files. */
const invitedBySchema = z.string().optional();
/** The same by what the config could mean them, hashed; missing for links of earlier relays, too. */
const invitedAsSchema = z.array(z.string()).readonly().optional();

const passkeySchema = z.strictObject({
  /** Credential id, base64url. */
  id: z.string(),
  /** COSE key, base64url. */
  publicKey: z.string(),
  /** Signature counter (WebAuthn §6.1.1); 0 where the authenticator has none. */
  counter: z.number(),
  transports: z.array(z.string()),
  addedAtMs: z.number(),
  invitedBy: invitedBySchema,
  invitedAs: invitedAsSchema,
});
export type Passkey = z.infer<typeof passkeySchema>;

const passphraseSchema = z.strictObject({
  /** Argon2id (RFC 9106) with the numbers that this hash was made with; base64url. */
  salt: z.string(),
  hash: z.string(),
  memoryKib: z.number(),
  passes: z.number(),
  parallelism: z.number(),
  /** Secret of the one-time codes, base32. */
  totpSecret: z.string(),
  /** The newest step (RFC 6238 §4.2) whose code was used. */
  lastStep: z.number(),
  invitedBy: invitedBySchema,
  invitedAs: invitedAsSchema,
});
export type Passphrase = z.infer<typeof passphraseSchema>;

/** What a person proves with that an account is theirs. */
export const credentialsSchema = z.strictObject({
  /** What authenticators call the account by, random, base64url. */
  userHandle: z.string(),
  passkeys: z.array(passkeySchema),
  passphrase: passphraseSchema.nullable(),
});
export type Credentials = z.infer<typeof credentialsSchema>;

/** An account as it is kept; its name and groups are the config’s. */
export interface StoredAccount {
  readonly name: string;
  /** Null when nobody has enrolled. */
  readonly credentials: Credentials | null;
  readonly disabled: boolean;
  /** When the credentials were enrolled or removed last. */
  readonly changedAtMs: number;
  /** When it was disabled or enabled last. */
  readonly disabledAtMs: number;
}

/** How many passkeys an account may have: one in use and spare ones. */
export const mostPasskeys = 5;

/** Whether somebody can sign in with it. */
export function isEnrolled({ credentials }: StoredAccount): boolean {
  return credentials !== null && (credentials.passkeys.length > 0 || credentials.passphrase !== null);
}
