import type { Readable } from 'node:stream';
import type {} from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { defineErrors } from '../errors.ts';

const errors = defineErrors('request', {
  noFile: {
    kind: 'invalid',
    ja: 'multipart/form-data の部品 {part} でファイルを送信してください',
    en: 'Send a file as the part "{part}" of multipart/form-data',
  },
  brokenForm: {
    kind: 'invalid',
    ja: 'multipart/form-data が壊れているか、途中で切れています',
    en: 'The multipart/form-data is broken or cut off',
  },
  fileTooLarge: {
    kind: 'tooLarge',
    ja: 'ファイルは{limit}バイトまでです',
    en: 'A file has at most {limit} bytes',
  },
});

/** A file as it arrives in a form. */
export type FilePart = {
  name: string;
  mediaType: string;
  content: Readable;
  /** To be called once the content is read: throws when the file was cut at the limit or the form breaks off after it. */
  whole(): Promise<void>;
};

/**
 * Hands the file in the part `part` of a form to `take`, which reads its content; other fields are passed over.
 * @throws AppError `request.noFile`, `request.brokenForm`, `request.fileTooLarge`, or what `take` throws
 */
export async function takeFilePart<T>(
  request: FastifyRequest,
  { part: wanted = 'file', sizeLimit }: { part?: string; sizeLimit: number },
  take: (file: FilePart) => Promise<T>,
): Promise<T> {
  if (!request.isMultipart()) throw errors.noFile({ part: wanted });
  const parts = request.parts({ limits: { fileSize: sizeLimit, files: 1, fields: 20 } });
  const part = await findFile(parts, wanted);
  const { file } = part;
  try {
    return await take({
      name: fileName(part.filename),
      mediaType: part.mimetype,
      content: file,
      async whole() {
        if (file.truncated) throw errors.fileTooLarge({ limit: sizeLimit });
        while (!(await nextPart(parts)).done);
      },
    });
  } catch (error) {
    throw error === file.errored ? errors.brokenForm() : error;
  }
}

type Parts = ReturnType<FastifyRequest['parts']>;

async function findFile(parts: Parts, wanted: string) {
  // not with `for await`, which would end the parts on leaving
  for (let next = await nextPart(parts); !next.done; next = await nextPart(parts)) {
    const part = next.value;
    if (part.type !== 'file') continue;
    if (part.fieldname === wanted) return part;
    part.file.resume();
  }
  throw errors.noFile({ part: wanted });
}

/** The parser's own errors have no code; those of the plugin (limits) do. */
async function nextPart(parts: Parts) {
  try {
    return await parts.next();
  } catch (error) {
    throw (error as { code?: string }).code?.startsWith('FST_') ? error : errors.brokenForm();
  }
}

/** Some programs send none; PostgreSQL stores no NUL. */
function fileName(given: string | undefined): string {
  if (given?.includes('\0')) throw errors.brokenForm();
  return given?.slice(0, 255) || 'file';
}

/** `Content-Disposition` of a download, the name in the form of RFC 8187. */
export function contentDisposition(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename*=UTF-8''${encoded}`;
}
