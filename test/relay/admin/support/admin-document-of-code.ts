import { pino } from 'pino';
import { adminDocument, type AdminAppOptions, createAdminApp } from '../../../../relay/admin/admin-app.ts';
import type { AdminDocument } from './admin-document.ts';

/** The document as the code has it, without a server: for tables that are made before anything runs. */
export function adminDocumentOfCode(): AdminDocument {
  const parts = {
    log: pino({ level: 'silent' }),
    authenticate: async (_context: unknown, next: () => Promise<void>) => next(),
  };
  const app = createAdminApp({ ...parts, relay: { version: '1' } } as unknown as AdminAppOptions);
  return adminDocument(app, '1') as unknown as AdminDocument;
}
