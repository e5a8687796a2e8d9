import { z } from 'zod';

/** The section `limits`. */
export const limitsSchema = z.strictObject({
  max_header_bytes: z.int().min(4096).max(1_048_576).default(32_768),
  max_headers: z.int().min(10).max(10_000).default(200),
  max_streams_per_tunnel: z.int().min(1).max(100_000).default(1024),
  max_requests: z
    .int()
    .min(2)
    .default(20_000)
    .describe('Requests under way in all tunnels; one tunnel alone gets at most half.'),
  max_requests_per_api: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Requests of one person under way at one API, each on a connection of its own; 2048 when left out, or max_streams_per_tunnel if that is more.',
    ),
  max_buffered_bytes: z
    .int()
    .min(1_048_576)
    .default(536_870_912)
    .describe('Bytes kept for all tunnels, unread or unacknowledged; one tunnel alone gets at most half.'),
  max_memory_bytes: z
    .int()
    .min(67_108_864)
    .optional()
    .describe('Memory of the process beyond which nothing new is taken; 80 % of what there is when left out.'),
  max_delay_ms: z
    .int()
    .min(50)
    .max(60_000)
    .default(1000)
    .describe('Lateness of the relay itself, again and again, beyond which requests are refused.'),
  max_tunnels: z.int().min(1).default(10_000),
  max_tunnels_per_user: z.int().min(1).default(20),
  max_unauthenticated_connections: z.int().min(1).default(200),
  max_handshakes_per_second: z
    .int()
    .min(1)
    .default(500)
    .describe('Tunnels that may be opened or taken up again each second; beyond that clients are asked to come later.'),
  stream_window_bytes: z.int().min(16_384).max(16_777_216).default(4_194_304),
  max_message_bytes: z.int().min(524_288).max(16_777_216).default(4_194_304),
  max_token_bytes: z.int().min(1024).max(65_536).default(16_384),
  ping_seconds: z.int().min(1).max(300).default(15),
  hello_timeout_seconds: z.int().min(1).max(60).default(10),
  resume_grace_seconds: z
    .int()
    .min(0)
    .max(3600)
    .default(60)
    .describe('How long a tunnel that lost its link waits for its client; 0 ends it at once.'),
  header_timeout_seconds: z.int().min(1).max(300).default(30),
});
