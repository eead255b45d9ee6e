import { ArchiveError } from '../artifact-store/errors.ts';
import { type FileEntry, isContentEntry } from '../artifact-store/manifest/model.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import { type LookOptions, looking, packagesOf } from './looking.ts';
import { pathFilter } from './selection.ts';

/** Which packages to search for files. */
export interface FindOptions extends LookOptions {
  /** Searches only this many of the newest packages. */
  last?: number | undefined;
}

/** A file, and a package that contains it. */
export interface FoundFile {
  package: PackageSummary;
  entry: FileEntry;
}

/** A digest as commonly written: at least eight digits after its scheme, or all of them. */
const DIGEST = /^(?:(blake3|sha256):([\da-f]{8,64})|([\da-f]{64}))$/i;

/**
 * Searches all packages of the store, or of a subject, oldest first, for files: by a path pattern, where one without a slash applies to
 * every folder, or by the BLAKE3 or SHA-256 of their content. A manifest is read only when its content differs from the previous package's,
 * and for a BLAKE3 only when the package needs a pack that contains it.
 * @throws ArchiveError `USAGE`, `INTEGRITY`, `STORE_UNAVAILABLE`.
 */
export function findFiles(what: string, options: FindOptions = {}): AsyncGenerator<FoundFile> {
  return looking(options, async function* (registry) {
    const wants = wanted(what);
    const candidates = await candidatesOf(what, registry);
    const readEntries = registry.entriesReader();
    let before: { digest: string; entries: FileEntry[] } | undefined;
    for (const found of await packagesOf(registry, options)) {
      options.signal?.throwIfAborted();
      if (candidates?.has(found.id) === false) continue;
      if (before?.digest !== found.contentDigest) {
        const entries: FileEntry[] = [];
        for (const entry of await readEntries(found.id)) if (wants(entry)) entries.push(entry);
        before = { digest: found.contentDigest, entries };
      }
      for (const entry of before.entries) yield { package: found, entry };
    }
  });
}

function wanted(what: string): (entry: FileEntry) => boolean {
  const [, scheme, prefix, whole] = DIGEST.exec(what.toLowerCase()) ?? [];
  const digits = prefix ?? whole;
  if (digits !== undefined) {
    const has = (kind: 'blake3' | 'sha256', entry: FileEntry) =>
      scheme !== (kind === 'blake3' ? 'sha256' : 'blake3') &&
      isContentEntry(entry) &&
      Buffer.from(entry[kind]).toString('hex').startsWith(digits);
    return (entry) => has('blake3', entry) || has('sha256', entry);
  }
  if (/^(?:blake3|sha256):/i.test(what)) {
    throw new ArchiveError('USAGE', `"${what}" is not a digest; give at least eight hexadecimal digits of one.`);
  }
  const filter = pathFilter([what.replace(/\/$/, '').includes('/') ? what : `**/${what}`]);
  return (entry) => filter.wants(entry);
}

async function candidatesOf(what: string, registry: Registry): Promise<ReadonlySet<string> | undefined> {
  const [, scheme, digits] = DIGEST.exec(what.toLowerCase()) ?? [];
  return scheme === 'blake3' && digits !== undefined ? registry.packagesWithContent(digits) : undefined;
}
