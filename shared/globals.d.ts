/** What `shared/` uses of the globals that Node and browsers have alike (WHATWG Encoding). */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: 'utf-8', options?: { fatal?: boolean });
  decode(bytes: Uint8Array): string;
}

/** The same of addresses (WHATWG URL). */
declare const URL: {
  canParse(url: string): boolean;
  new (url: string): {
    readonly hash: string;
    readonly host: string;
    readonly hostname: string;
    readonly origin: string;
    readonly password: string;
    readonly pathname: string;
    readonly protocol: string;
    readonly search: string;
    readonly username: string;
  };
};
