import { basename } from 'node:path/posix';
import { ArchiveError } from '../artifact-store/errors.ts';
import { type ContentEntry, isContentEntry } from '../artifact-store/manifest/model.ts';
import type { ByteRange } from '../artifact-store/registry.ts';
import { printable } from '../terminal/format.ts';
import type { Answer } from './answer.ts';
import { askedPackage, askedPath, requireEntry } from './asked-package.ts';
import { mediaType } from './kinds.ts';
import type { Asked } from './source.ts';

/** The bytes of a file, all or a range. */
export async function rawView(asked: Asked): Promise<Answer> {
  const about = await askedPackage(asked);
  const entry = await requireFile(asked, about.id);
  const { size, path } = entry;
  const type = asked.query.get('download') === null ? mediaType(path) : undefined;
  const headers = {
    'Content-Type': type ?? 'application/octet-stream',
    'Content-Disposition': disposition(path, type === undefined ? 'attachment' : 'inline'),
    'Accept-Ranges': 'bytes',
  };
  const range = rangeIn(asked.range, size);
  if (range === 'none') {
    return { kind: 'bytes', status: 416, headers: { 'Content-Range': `bytes */${size}` }, bytes: nothing() };
  }
  const { offset, length } = range ?? { offset: 0, length: size };
  const part = range && { 'Content-Range': `bytes ${offset}-${offset + length - 1}/${size}` };
  return {
    kind: 'bytes',
    status: range ? 206 : 200,
    headers: { ...headers, 'Content-Length': length, ...part },
    bytes: asked.registry.readRange(entry, { offset, length }, asked.signal),
  };
}

/** The requested file. @throws ArchiveError `NOT_FOUND` when it is not a file. */
export async function requireFile(asked: Asked, id: string): Promise<ContentEntry> {
  const path = askedPath(asked, 'path');
  const entry = await requireEntry(asked, id, path);
  if (entry !== 'folder' && isContentEntry(entry)) return entry;
  throw new ArchiveError(
    'NOT_FOUND',
    `${JSON.stringify(path)} is not a file of the package; choose one from its list.`,
  );
}

/** A single range (RFC 9110, 14.1.2); several ranges or an invalid one are answered with the whole file. */
function rangeIn(header: string | undefined, size: number): ByteRange | 'none' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  return start > end ? 'none' : { offset: start, length: end - start + 1 };
}

/** The file name for downloads (RFC 6266), always without folders. */
function disposition(path: string, how: 'attachment' | 'inline'): string {
  const name = printable(basename(path)).replaceAll(/[\\/]/g, '_');
  const plain = name.replaceAll(/[^\w .()-]/g, '_');
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${how}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

async function* nothing(): AsyncIterable<Uint8Array> {}
