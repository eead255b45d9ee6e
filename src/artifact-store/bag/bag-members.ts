import { type ContentEntry, isContentEntry, type Manifest } from '../manifest/model.ts';
import type { FileContent, ReadFiles } from '../packs/ordered-reader.ts';
import { PAYLOAD_FOLDER } from './layout.ts';
import { foldersOf, payloadFiles, targetOf } from './payload.ts';
import { tagFiles } from './tag-files.ts';
import type { TarEntry } from './tar.ts';

/** A file, link or folder of the bag. */
export interface BagMember extends TarEntry {
  /** A file's content. Read it before requesting the next member, and use each piece before reading the next. */
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

const NOTHING = { size: 0, executable: false, target: '', body: [] };

/** All members of a package's bag, in the order of the archive: tag files, then the entries of the package. */
export async function* bagMembers(
  manifest: Manifest,
  cbor: Uint8Array,
  readFiles: ReadFiles,
): AsyncGenerator<BagMember> {
  const payload = payloadFiles(manifest.files);
  for (const { path, size, pieces } of tagFiles(manifest, cbor, payload)) {
    yield { ...NOTHING, path, type: 'file', size, body: pieces() };
  }
  yield* entryMembers(manifest, payload, readFiles(manifest.files.filter(isContentEntry)));
}

async function* entryMembers(
  { files }: Manifest,
  payload: ReadonlyMap<string, ContentEntry>,
  contents: AsyncIterable<FileContent>,
): AsyncGenerator<BagMember> {
  const reading = contents[Symbol.asyncIterator]();
  const folders = foldersOf(files);
  // A bag needs its payload folder (RFC 8493, 2.1.2).
  if (files.length === 0) yield { ...NOTHING, path: PAYLOAD_FOLDER, type: 'directory' };
  try {
    for (const entry of files) {
      const path = PAYLOAD_FOLDER + entry.path;
      if (entry.kind === 'directory') yield { ...NOTHING, path: `${path}/`, type: 'directory' };
      // A dangling link would make every validator refuse the bag. It stays in the package's manifest.
      else if (entry.kind === 'symlink') {
        if (payload.has(entry.path) || folders.has(targetOf(entry))) {
          yield { ...NOTHING, path, type: 'symlink', target: entry.target };
        }
      } else {
        const { value } = (await reading.next()) as IteratorYieldResult<FileContent>;
        const { size, executable } = entry;
        yield { ...NOTHING, path, type: 'file', size, executable, body: value.pieces };
      }
    }
  } finally {
    await reading.return?.();
  }
}
