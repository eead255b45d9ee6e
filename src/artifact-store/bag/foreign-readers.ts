import type { Manifest } from '../manifest/model.ts';

/** Line ends of Python other than CR and LF, which BagIt encodes in names. */
const PYTHON_LINE_END = '\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029';
const NOTE_FAULT = new RegExp(`[${PYTHON_LINE_END}]`);
const NAME_FAULTS: readonly (readonly [fault: RegExp, readers: string])[] = [
  [/%/, 'bagit.py, bagit-java, bdbag and sha256sum, which do not decode "%25"'],
  [/\\/, 'sha256sum'],
  [new RegExp(`[${PYTHON_LINE_END}]|\\s$`), 'bagit.py'],
];
const NAMED = 3;

/** Warns of names that other software refuses in a bag, although BagIt (RFC 8493) allows them. */
export function warnOfForeignReaders({ files, package: { metadata } }: Manifest): void {
  for (const [fault, readers] of NAME_FAULTS) {
    const paths = files.flatMap(({ path }) => (fault.test(path) ? [path] : []));
    if (paths.length === 0) continue;
    const named = paths.slice(0, NAMED).map((path) => JSON.stringify(path));
    const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
    warn(`The bag has ${named.join(', ')}${more}: right by RFC 8493, and refused by ${readers}; import reads it.`);
  }
  if (NOTE_FAULT.test(metadata['note'] ?? '')) {
    warn('The note has an unusual line separator, at which bagit.py cuts "External-Description"; import reads it.');
  }
}

function warn(sentence: string): void {
  process.emitWarning(sentence, { type: 'StoreWarning' });
}
