/** How to reach a PostgreSQL; the contents of files, not their names. */
export interface PostgresSettings {
  /** Host name or address; a folder for a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  /** Path of a file with the password, which is read for each connection; instead of `password`. */
  readonly passwordFile?: string | undefined;
  /** `null` talks in the clear, which only loopback and Unix sockets may. PEM texts; the system’s authorities without `ca`. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | null;
  /** What the config says, with placeholders, and the folder that its paths start at: connections read it anew. */
  readonly from?: { readonly text: string; readonly folder: string };
}
