import { ArchiveError } from '../artifact-store/errors.ts';
import { findPackage } from './find-package.ts';
import { type LookOptions, looking } from './looking.ts';

/** A package and one of its files. */
export interface FileReference {
  package: string;
  path: string;
}

/** `blake3:…` and the time in `latest@{…}` also contain colons. */
const FILE_REFERENCE = /^((?:blake3:)?[^:{]+(?:\{[^{}]*\})?):(.+)$/s;

/** Reads `<package>:<path>`. @throws ArchiveError `USAGE` when there is no path. */
export function parseFileReference(text: string): FileReference {
  const [, name, path] = FILE_REFERENCE.exec(text) ?? [];
  if (name !== undefined && path !== undefined) return { package: name, path };
  throw new ArchiveError(
    'USAGE',
    `"${text}" names no file of a package; write it like latest:reports/a.md.`,
    undefined,
    {
      path: text,
    },
  );
}

/** A range of bytes, counted from 0, inclusive; open-ended without an end. */
export interface ByteSpan {
  first: number;
  last: number | undefined;
}

/** How a file is read. */
export interface ReadFileOptions extends LookOptions {
  /** Returns only these bytes; the whole file is still read and checked. */
  range?: ByteSpan | undefined;
}

/**
 * Streams one file of a package. The last piece is delivered only after the whole file was verified.
 * @throws ArchiveError `NOT_FOUND` for a path that is not a file; `INTEGRITY`, `USAGE`, `STORE_UNAVAILABLE`.
 */
export function readPackageFile(
  reference: string,
  path: string,
  options: ReadFileOptions = {},
): AsyncGenerator<Uint8Array> {
  return looking(options, async function* (registry, root) {
    const { subject, signal, range } = options;
    const found = await findPackage(reference, registry, { root, subject });
    const pieces = registry.getFile(found.id, path.replace(/^(?:\.?\/)+/, ''), signal);
    yield* range === undefined ? pieces : within(range, pieces);
  });
}

async function* within({ first, last = Number.POSITIVE_INFINITY }: ByteSpan, pieces: AsyncIterable<Uint8Array>) {
  let at = 0;
  for await (const piece of pieces) {
    const part = piece.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at));
    at += piece.byteLength;
    if (part.byteLength > 0) yield part;
  }
}
