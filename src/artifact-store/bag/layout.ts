/**
 * One package as a BagIt bag (RFC 8493), in a folder or in a tar archive compressed with zstd, so that `tar` and any BagIt
 * validator read it without this software. `docs/format.md` describes it.
 */

/** The file name of a bag in one file is the package's id and this. */
export const BAG_EXTENSION = '.bag.tar.zst';

export const BAGIT_TXT = 'bagit.txt';
export const BAG_INFO_TXT = 'bag-info.txt';
/** The name of `bag-info.txt` before version 0.96. */
export const PACKAGE_INFO_TXT = 'package-info.txt';
export const FETCH_TXT = 'fetch.txt';
export const PAYLOAD_FOLDER = 'data/';
/** The package's manifest as stored; its BLAKE3 is the manifest digest. */
export const MANIFEST_CBOR = 'infospace/manifest.cbor';
/** The JSON view, for people. */
export const MANIFEST_JSON = 'infospace/manifest.json';
/** The names of both in bags of the first versions. */
const FORMER_CBOR = 'package-manifest.cbor';
const FORMER_JSON = 'package-manifest.json';
/** The possible names of the manifest, each with the name of its JSON view. */
export const MANIFEST_NAMES: ReadonlyMap<string, string> = new Map([
  [MANIFEST_CBOR, MANIFEST_JSON],
  [FORMER_CBOR, FORMER_JSON],
]);

/** A path as the bag's manifests write it (RFC 8493, 2.1.3). */
export function encodeBagPath(path: string): string {
  return path.replace(/[%\r\n]/g, encodeURIComponent);
}

export function decodeBagPath(path: string): string {
  return path.replace(/%(?:25|0[ad])/gi, decodeURIComponent);
}
