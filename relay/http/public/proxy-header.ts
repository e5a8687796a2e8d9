import ipaddr from 'ipaddr.js';

/** What the first bytes of a connection are, by the PROXY protocol (HAProxy, proxy-protocol.txt §2.1, 2.2). */
export type ProxyHeader =
  /** More bytes are needed to tell. */
  | { readonly status: 'more' }
  /** Behind `length` bytes the connection begins. `source` is the caller; null where the proxy speaks for itself. */
  | { readonly status: 'whole'; readonly length: number; readonly source: string | null }
  | { readonly status: 'malformed'; readonly why: string };

const signature = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const fixedBytes = 16;
/** Addresses take 36 bytes at most; what follows them (TLVs) is skipped. */
const maxLength = 4096;
/** §2.1: the longest line with its CRLF. */
const maxLine = 107;
const line = /^PROXY (?:UNKNOWN(?: [ -~]*)?|TCP([46]) ([0-9A-Fa-f.:]+) [0-9A-Fa-f.:]+ \d{1,5} \d{1,5})\r\n/;
const addressBytes: Readonly<Record<number, number>> = { 0x11: 4, 0x21: 16 };

/** Reads the header from what came so far. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if ('PROXY '.startsWith(bytes.toString('latin1', 0, 6))) return readLine(bytes.toString('latin1', 0, maxLine));
  const begun = Math.min(bytes.length, signature.length);
  if (!bytes.subarray(0, begun).equals(signature.subarray(0, begun))) return malformed('there is none');
  if (bytes.length < fixedBytes) return { status: 'more' };
  const [versionAndCommand = 0, family = 0] = bytes.subarray(12);
  if (versionAndCommand !== 0x20 && versionAndCommand !== 0x21) return malformed('its version or command is unknown');
  const length = fixedBytes + bytes.readUInt16BE(14);
  if (length > maxLength) return malformed(`it is longer than ${maxLength} bytes`);
  if (bytes.length < length) return { status: 'more' };
  const size = addressBytes[family];
  // LOCAL is the proxy itself, for example a health check; other families have no IP address.
  if (versionAndCommand === 0x20 || size === undefined) return { status: 'whole', length, source: null };
  if (length < fixedBytes + 2 * size + 4) return malformed('its addresses are cut off');
  const source = ipaddr.fromByteArray([...bytes.subarray(fixedBytes, fixedBytes + size)]);
  return { status: 'whole', length, source: ipaddr.process(source.toString()).toString() };
}

/** Version 1, in one line of text. */
function readLine(text: string): ProxyHeader {
  if (!text.includes('\n'))
    return text.length < maxLine ? { status: 'more' } : malformed(`its line is longer than ${maxLine} bytes`);
  const [whole, family, source] = line.exec(text) ?? [];
  if (whole === undefined) return malformed('its line can’t be read');
  if (family === undefined || source === undefined) return { status: 'whole', length: whole.length, source: null };
  const isAddress = family === '4' ? ipaddr.IPv4.isValidFourPartDecimal(source) : ipaddr.IPv6.isValid(source);
  if (!isAddress) return malformed('its line holds no address');
  return { status: 'whole', length: whole.length, source: ipaddr.process(source).toString() };
}

function malformed(why: string): ProxyHeader {
  return { status: 'malformed', why };
}
