import { ArchiveError } from '../errors.ts';
import { asBuffer } from './as-buffer.ts';

/**
 * Every stored file begins with eight bytes: four ASCII letters that name the format, its version and its flags (both
 * uint16, little endian). No flag is defined yet; a flag that is set comes from a newer version.
 */
export const MAGIC_BYTES = 8;

export type FormatName = 'ASPK' | 'ASTR' | 'ASLS' | 'ASMF' | 'ASLG' | 'ASCP' | 'ASEV' | 'ASSC' | 'ASBX' | 'ASEN';

export const FORMAT_TITLES: Record<FormatName, string> = {
  ASPK: 'pack',
  ASTR: 'trailer of a pack',
  ASLS: 'list of chunks',
  ASMF: 'manifest',
  ASLG: 'segment of the log',
  ASCP: 'checkpoint of the log',
  ASEV: 'segment of the event log',
  ASSC: 'stat cache',
  ASBX: 'sealed box',
  ASEN: 'list of names of entries',
};

export function encodeMagic(name: FormatName, version: number): Buffer {
  const bytes = Buffer.alloc(MAGIC_BYTES);
  bytes.write(name, 'ascii');
  bytes.writeUInt16LE(version, 4);
  return bytes;
}

/**
 * Reads the format version from the magic.
 *
 * @throws ArchiveError `INTEGRITY` when the bytes have another format; `FORMAT_UNSUPPORTED` above version `newest`.
 */
export function readMagic(bytes: Uint8Array, name: FormatName, newest: number, where: string): number {
  const view = asBuffer(bytes);
  if (view.length < MAGIC_BYTES || view.toString('latin1', 0, 4) !== name) {
    throw new ArchiveError('INTEGRITY', `${where} is not a ${FORMAT_TITLES[name]}; it is damaged or was replaced.`);
  }
  const version = view.readUInt16LE(4);
  if (version > newest || view.readUInt16LE(6) !== 0) {
    throw new ArchiveError(
      'FORMAT_UNSUPPORTED',
      `${where} is a ${FORMAT_TITLES[name]} of format version ${version}, newer than this software reads (${newest}); upgrade infospace-archive.`,
      undefined,
      { expected: `${newest}`, actual: `${version}` },
    );
  }
  if (version === 0) throw new ArchiveError('INTEGRITY', `${where} claims format version 0; it is damaged.`);
  return version;
}
