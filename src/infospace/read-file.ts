import { ArchiveError } from '../artifact-store/errors.ts';
import { findPackage } from './find-package.ts';
import { type LookOptions, looking } from './looking.ts';

/** A package and a file of it. */
export interface FileReference {
  package: string;
  path: string;
}

/** Colons stand in `blake3:…` and in the time of `latest@{…}` too. */
const FILE_REFERENCE = /^((?:blake3:)?[^:{]+(?:\{[^{}]*\})?):(.+)$/s;

/** Reads `<package>:<path>`. @throws ArchiveError `USAGE` when there is no path. */
export function parseFileReference(text: string): FileReference {
  const [, name, path] = FILE_REFERENCE.exec(text) ?? [];
  if (name !== undefined && path !== undefined) return { package: name, path };
  throw new ArchiveError('USAGE', `"${text}" names no file of a package; give it as latest:reports/a.md.`, undefined, {
    path: text,
  });
}

/** Which bytes of a file, counted from 0; the last one too, and all to the end without one. */
export interface ByteSpan {
  first: number;
  last: number | undefined;
}

/** How a file is read. */
export interface ReadFileOptions extends LookOptions {
  /** These bytes alone; the others are read and checked all the same. */
  range?: ByteSpan | undefined;
}

/**
 * One file of a package, in pieces. The last of them comes only when the whole was found sound.
 *
 * @throws ArchiveError `NOT_FOUND` for a path that is no file; `INTEGRITY`, `USAGE`, `STORE_UNAVAILABLE`.
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
