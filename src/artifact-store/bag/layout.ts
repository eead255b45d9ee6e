/**
 * The self-contained file: one package as a BagIt bag (RFC 8493) in a tar archive, compressed with zstd, so that `tar`
 * and any BagIt validator read it without this software. `docs/format.md` describes it.
 */

/** What the file is called, after the package's id. */
export const BAG_EXTENSION = '.bag.tar.zst';

export const PAYLOAD_FOLDER = 'data/';
/** The package's manifest as it is stored; its BLAKE3 is the manifest digest. */
export const MANIFEST_CBOR = 'package-manifest.cbor';
/** The JSON view, for people. */
export const MANIFEST_JSON = 'package-manifest.json';

export const BAGIT_TXT = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

/** A path as the bag's manifests write it (RFC 8493, 2.1.3). */
export function bagPath(path: string): string {
  return path.replace(/[%\r\n]/g, encodeURIComponent);
}
