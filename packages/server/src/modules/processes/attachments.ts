import type { Readable } from 'node:stream';
import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import type { FileInfo, Records } from '../records/index.ts';
import { errors } from './errors.ts';
import type { Process } from './index.ts';
import {
  type AttachmentRow,
  findAttachment,
  insertAttachment,
  readAttachments,
} from './store/attachments.ts';

export type Attachment = Omit<AttachmentRow, 'file'>;

/** Files that belong to a process as a whole rather than to one of its items. */
export type Attachments = {
  list(process: Process): Promise<Attachment[]>;
  /** Takes a file in as it arrives. One that breaks off, or that the caller may not attach, leaves nothing. */
  add(
    caller: Caller,
    process: Process,
    /** `whole` is called when the content is in; what it throws takes the file back. */
    file: { name: string; mediaType: string; content: Readable; whole(): Promise<void> },
  ): Promise<{ n: number; name: string; size: number }>;
  /** Destroys one; who may change the process may. @throws AppError `processes.attachmentNotFound` */
  remove(caller: Caller, process: Process, n: number): Promise<void>;
  /** @throws AppError `processes.attachmentNotFound` */
  open(
    caller: Caller,
    process: Process,
    n: number,
  ): Promise<{ info: FileInfo; content: AsyncGenerator<Buffer> }>;
};

export function createAttachments(deps: { database: Database; records: Records }): Attachments {
  const { database, records } = deps;
  return {
    async list({ app, row }) {
      const rows = await readAttachments(database, app.id, row.id);
      return rows.map(({ file: _, ...shown }) => shown);
    },
    async add(caller, { app, row }, file) {
      const { id, name, size } = await records.uploadFile(caller, app, file, file.content);
      try {
        await file.whole();
        const n = await database.transaction(async (tx) => {
          await records.attachFile(tx, caller, app, row.id, id);
          return insertAttachment(tx, { app: app.id, record: row.id, file: id, user: caller.user });
        });
        return { n, name, size };
      } catch (error) {
        await records.discardFiles([id]);
        throw error;
      }
    },
    async remove(caller, { app, row }, n) {
      await database.transaction(async (tx) => {
        const file = await findAttachment(tx, app.id, row.id, n);
        if (file === undefined) throw errors.attachmentNotFound({ n });
        await records.detachFile(tx, caller, app, row.id, file); // its row of ours goes with it
      });
    },
    async open(caller, { app, row }, n) {
      const file = await findAttachment(database, app.id, row.id, n);
      if (file === undefined) throw errors.attachmentNotFound({ n });
      return records.openFile(caller, app, file);
    },
  };
}
