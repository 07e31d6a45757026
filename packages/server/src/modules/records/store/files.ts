import type { Readable } from 'node:stream';
import { type Database, type Queryable, sql, type Transaction } from '../../../platform/database/database.ts';
import type { FileInfo } from './columns.ts';

/** Size of the pieces that files are kept in, in bytes. */
const pieceSize = 256 * 1024;
const pageOfPieces = 8;

/** Takes a file in as it arrives; it belongs to nobody until a record holds it. A broken stream leaves nothing. */
export async function storeFile(
  db: Database,
  file: { app: number; name: string; mediaType: string; user: number },
  content: Readable,
): Promise<FileInfo> {
  const row = await db.row<{ id: number }>(sql`
    INSERT INTO records.files (app, name, media_type, uploaded_by)
    VALUES (${file.app}, ${file.name}, ${file.mediaType}, ${file.user}) RETURNING id`);
  const id = row!.id;
  try {
    let size = 0;
    let n = 0;
    for await (const piece of pieces(content)) {
      await db.run(sql`INSERT INTO records.file_pieces (file, n, content) VALUES (${id}, ${n}, ${piece})`);
      size += piece.length;
      n += 1;
    }
    await db.run(sql`UPDATE records.files SET size = ${size}, complete = true WHERE id = ${id}`);
    return { id, name: file.name, type: file.mediaType, size };
  } catch (error) {
    await discardFiles(db, [id]);
    throw error;
  }
}

async function* pieces(content: Readable): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    waiting.push(chunk);
    length += chunk.length;
    while (length >= pieceSize) {
      const whole = Buffer.concat(waiting);
      yield whole.subarray(0, pieceSize);
      waiting = [whole.subarray(pieceSize)];
      length -= pieceSize;
    }
  }
  if (length > 0) yield Buffer.concat(waiting);
}

export async function discardFiles(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.run(sql`DELETE FROM records.files WHERE id = ANY (${ids}::bigint[]) AND record IS NULL`);
}

/** Files that were uploaded but never saved with a record. */
export async function discardLeftOverFiles(db: Queryable): Promise<number> {
  return db.run(
    sql`DELETE FROM records.files WHERE record IS NULL AND uploaded_at < now() - interval '1 day'`,
  );
}

/** The files of these ids that a record of the app may take: its own, or free ones of this user. */
export async function attachableFiles(
  tx: Queryable,
  app: number,
  user: number,
  record: number | null,
  ids: readonly number[],
): Promise<Set<number>> {
  const rows = await tx.rows<{ id: number }>(sql`
    SELECT id FROM records.files
    WHERE id = ANY (${ids}::bigint[]) AND app = ${app} AND complete
      AND ((record IS NULL AND uploaded_by = ${user}) OR record = ${record}::bigint)`);
  return new Set(rows.map(({ id }) => id));
}

export async function attachFiles(
  tx: Transaction,
  holders: readonly { file: number; record: number; field: number | null }[],
): Promise<void> {
  if (holders.length === 0) return;
  await tx.run(sql`
    UPDATE records.files f SET record = h.record, field = h.field
    FROM json_to_recordset(${JSON.stringify(holders)}::json) AS h (file bigint, record bigint, field integer)
    WHERE f.id = h.file`);
}

export async function deleteFiles(tx: Transaction, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await tx.run(sql`DELETE FROM records.files WHERE id = ANY (${ids}::bigint[])`);
}

/** Deletes a file that a record has in none of its fields; whether there was one. */
export async function deleteAttached(
  tx: Transaction,
  { app, record, file }: { app: number; record: number; file: number },
): Promise<boolean> {
  const deleted = await tx.run(sql`
    DELETE FROM records.files WHERE id = ${file} AND app = ${app} AND record = ${record} AND field IS NULL`);
  return deleted === 1;
}

export async function findFile(
  db: Queryable,
  app: number,
  id: number,
): Promise<
  (FileInfo & { record: number | null; field: number | null; uploadedBy: number | null }) | undefined
> {
  return db.row(sql`
    SELECT id, name, media_type AS type, size, record, field, uploaded_by AS "uploadedBy"
    FROM records.files WHERE id = ${id} AND app = ${app} AND complete`);
}

/** A file's content, a few pieces at a time. */
export async function* readFile(db: Queryable, id: number): AsyncGenerator<Buffer> {
  for (let from = 0; ; from += pageOfPieces) {
    const rows = await db.rows<{ content: Buffer }>(sql`
      SELECT content FROM records.file_pieces WHERE file = ${id} AND n >= ${from} AND n < ${from + pageOfPieces}
      ORDER BY n`);
    for (const { content } of rows) yield content;
    if (rows.length < pageOfPieces) return;
  }
}
