import { createHash } from 'node:crypto';
import type { Tree } from '../../infospace/fixtures.ts';

type Reader = 'this software' | 'bagit.py';

/** Bags that differ in their version alone, and who takes them: this software, bagit.py 1.9.0, both or nobody. */
export interface MadeBags {
  name: string;
  bags: readonly (readonly [version: string, tree: Tree])[];
  takers: readonly Reader[];
  /** Why only one of them takes it. The documentation has all of these reasons. */
  why: string | undefined;
}

/** Files that a bag has in addition, in place of others, or not at all. */
type Changes = Record<string, Tree[string] | undefined>;
type Made = Changes | ((version: string) => Changes);

const VERSIONS = ['0.93', '0.94', '0.95', '0.96', '0.97', '1.0'];
const DRAFTS = VERSIONS.slice(0, 5);
/** Versions whose description is `package-info.txt`. */
const FIRST = VERSIONS.slice(0, 3);
const LATER = VERSIONS.slice(3);
/** bagit.py reads no tag manifests of earlier versions. */
const SINCE_TAG_CHECKS = VERSIONS.slice(4);
const BEFORE_TAG_CHECKS = VERSIONS.slice(0, 4);

const PAYLOAD = { 'data/a.txt': 'a', 'data/b/c.txt': 'c' };
const NO_PAYLOAD = { 'data/a.txt': undefined, 'data/b/c.txt': undefined };
const sum = (text: string, algorithm = 'sha256') => createHash(algorithm).update(text).digest('hex');
const A = sum('a');
const C = sum('c');
const REST = `${C}  data/b/c.txt\n`;
const LISTED = `${A}  data/a.txt\n${REST}`;

const declaration = (version: string, encoding = 'UTF-8') =>
  `BagIt-Version: ${version}\nTag-File-Character-Encoding: ${encoding}\n`;
const declared = (change: (text: string) => string | Uint8Array) => (version: string) => ({
  'bagit.txt': change(declaration(version)),
});
const encoded = (encoding: string, changes: Changes) => (version: string) => ({
  'bagit.txt': declaration(version, encoding),
  ...changes,
});
const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const manifest = (text: string | Uint8Array) => ({ 'manifest-sha256.txt': text });
/** Manifests by other algorithms, in place of the usual one. */
const manifests = (changes: Changes) => ({ 'manifest-sha256.txt': undefined, ...changes });
/** The payload by another algorithm. */
const by = (algorithm: string, separator = '  ') =>
  Object.entries(PAYLOAD)
    .map(([path, text]) => `${sum(text, algorithm)}${separator}${path}\n`)
    .join('');
const wrong = (lines: string) => lines.replace(/^../, '00');
/** One more file in the payload, and its path in the manifest. */
const file = (path: string, listed = path) => ({
  [`data/${path}`]: 'a',
  ...manifest(`${LISTED}${A}  data/${listed}\n`),
});
const link = (target: string, listed = '') => ({ 'data/link': { link: target }, ...manifest(LISTED + listed) });
const info = (text: string | Uint8Array) => ({ 'bag-info.txt': text });
const fetch = (text: string) => ({ 'fetch.txt': text });

function made(
  versions: readonly string[],
  takers: readonly Reader[],
  cases: Record<string, Made>,
  why?: string,
): MadeBags[] {
  return Object.entries(cases).map(([name, change]) => {
    const bags = versions.map((version) => {
      const changes = typeof change === 'function' ? change(version) : change;
      const tree = { 'bagit.txt': declaration(version), ...manifest(LISTED), ...PAYLOAD, ...changes };
      return [
        version,
        Object.fromEntries(Object.entries(tree).filter(([, content]) => content !== undefined)),
      ] as const;
    });
    return { name, bags: bags as MadeBags['bags'], takers, why };
  });
}

const taken = (cases: Record<string, Made>, versions = VERSIONS) =>
  made(versions, ['this software', 'bagit.py'], cases);
const refused = (cases: Record<string, Made>, versions = VERSIONS) => made(versions, [], cases);
const only = (taker: Reader, why: string, cases: Record<string, Made>, versions = VERSIONS) =>
  made(versions, [taker], cases, why);

const MANIFESTS = [
  ...taken({
    'nothing unusual': {},
    'empty folders': { 'data/none/': null, 'tags/none/': null },
    'other files beside the payload': { 'metadata/mets.xml': '<mets/>', 'README.md': 'read me' },
    MD5: manifests({ 'manifest-md5.txt': by('md5') }),
    'binary markers': manifests({ 'manifest-md5.txt': by('md5', ' *') }),
    'several algorithms': { 'manifest-sha512.txt': by('sha512'), 'manifest-sha1.txt': by('sha1') },
    'SHA-3 and BLAKE2': manifests({
      'manifest-sha3_256.txt': by('sha3-256'),
      'manifest-blake2b.txt': by('blake2b512'),
    }),
    'a tag manifest by BLAKE2': (version) => ({
      'tagmanifest-blake2s.txt': `${sum(declaration(version), 'blake2s256')}  bagit.txt\n`,
    }),
    'an unknown algorithm beside a known one': { 'manifest-tiger.txt': by('md5') },
    'a tag manifest': (version) => ({
      'tagmanifest-sha256.txt': `${sum(declaration(version))}  bagit.txt\n${sum(LISTED)}  manifest-sha256.txt\n`,
    }),
    'a tag manifest by another algorithm': (version) => ({
      'tagmanifest-md5.txt': `${sum(declaration(version), 'md5')} *bagit.txt\n`,
    }),
    'sums in capitals': manifest(`${A.toUpperCase()}  data/a.txt\n${REST}`),
    'a tab between sum and path': manifest(by('sha256', '\t')),
    'CRLF in a manifest': manifest(LISTED.replaceAll('\n', '\r\n')),
    'CR in a manifest': manifest(LISTED.replaceAll('\n', '\r')),
    'no line end at the end of a manifest': manifest(LISTED.trimEnd()),
    'empty lines in a manifest': manifest(`\n${A}  data/a.txt\n \t\n\n${REST}\n`),
    'comments in a manifest': manifest(`# made by hand\n${LISTED}`),
    'spaces around the lines of a manifest': manifest(`  ${A}  data/a.txt  \n${REST}`),
    'a byte order mark in a manifest': manifest(`\ufeff${LISTED}`),
  }),
  ...refused({
    'no payload manifest': manifests({}),
    'only a tag manifest': manifests({ 'tagmanifest-sha256.txt': '' }),
    'the name of a manifest in capitals': manifests({ 'Manifest-SHA256.txt': LISTED }),
    'an unknown algorithm alone': manifests({ 'manifest-tiger.txt': by('md5') }),
    'a manifest that lists nothing': manifest(''),
    'no payload folder': { ...NO_PAYLOAD, ...manifest('') },
    'a changed file': { 'data/a.txt': 'x' },
    'a file that is gone': { 'data/a.txt': undefined },
    'a file that is not listed': { 'data/new.txt': 'a' },
    'a wrong sum in one of several manifests': { 'manifest-md5.txt': wrong(by('md5')) },
    'a wrong sum by SHA-3': { 'manifest-sha3_512.txt': wrong(by('sha3-512')) },
    'a file listed twice with different sums': manifest(`${LISTED}${C}  data/a.txt\n`),
    'a digest that is no hexadecimal': manifest(`${'x'.repeat(64)}  data/a.txt\n${REST}`),
    'a digest that is too short': manifest(`${A.slice(0, 32)}  data/a.txt\n${REST}`),
    'a manifest that is not in its encoding': manifest(Buffer.from(`${LISTED}${A}  data/\u00e9\n`, 'latin1')),
  }),
  ...only('bagit.py', 'a line in a manifest that is no digest and path', {
    'a line without a path': manifest(`${LISTED}${A}\n`),
  }),
  ...taken({ 'a file listed twice with the same sum': manifest(`${LISTED}${A}  data/a.txt\n`) }, DRAFTS),
  ...refused({ 'a file listed twice with the same sum': manifest(`${LISTED}${A}  data/a.txt\n`) }, ['1.0']),
];

const HALVES = { ...manifest(`${A}  data/a.txt\n`), 'manifest-md5.txt': `${sum('c', 'md5')}  data/b/c.txt\n` };
const withTagFile: Made = (version) => manifest(`${LISTED}${sum(declaration(version))}  bagit.txt\n`);

const MANIFESTS_BY_VERSION = [
  ...taken({ 'each file in one of two manifests': HALVES, 'a tag file in a payload manifest': withTagFile }, DRAFTS),
  ...refused({ 'a wrong sum of a tag file in a payload manifest': manifest(`${LISTED}${A}  bagit.txt\n`) }, DRAFTS),
  ...only('bagit.py', '1.0: a manifest that lacks a file which another one lists', { 'each in one of two': HALVES }, [
    '1.0',
  ]),
  ...only('bagit.py', '1.0: a payload manifest that lists a file beside the payload', { 'a tag file': withTagFile }, [
    '1.0',
  ]),
  ...refused(
    {
      'a tag manifest with a wrong sum': { 'tagmanifest-sha256.txt': `${A}  bagit.txt\n` },
      'a tag manifest with a wrong sum by SHA-3': { 'tagmanifest-sha3_256.txt': `${A}  bagit.txt\n` },
      'a tag manifest with a file that is gone': { 'tagmanifest-sha256.txt': `${A}  gone.txt\n` },
    },
    SINCE_TAG_CHECKS,
  ),
  ...only(
    'bagit.py',
    'before 0.97: a tag manifest that is wrong',
    {
      'a tag manifest with a wrong sum': { 'tagmanifest-sha256.txt': `${A}  bagit.txt\n` },
      'a tag manifest with a file that is gone': { 'tagmanifest-sha256.txt': `${A}  gone.txt\n` },
    },
    BEFORE_TAG_CHECKS,
  ),
  ...only('bagit.py', 'a tag manifest that lists the payload', {
    'a tag manifest that lists the payload': { 'tagmanifest-md5.txt': by('md5') },
  }),
];

const PATHS = [
  ...taken({
    'a leading "./"': manifest(`${A}  ./data/a.txt\n${REST}`),
    'a leading "./" after a binary marker': manifest(`${A} *./data/a.txt\n${REST}`),
    '"/./" and "//" in a path': manifest(`${A}  data/./a.txt\n${C}  data//b/c.txt\n`),
    'a path with spaces': file('two  words.txt'),
    'NFC in a manifest, NFD in the file system': file('cafe\u0301', 'caf\u00e9'),
    '"%0A" for a line feed': file('two\nlines', 'two%0Alines'),
    '"%0D" for a carriage return': file('two\rlines', 'two%0Dlines'),
    'a per cent sign for itself': file('100%'),
  }),
  ...refused({
    'a path that leads out': manifest(`${LISTED}${A}  data/../../a.txt\n`),
    'an absolute path': manifest(`${LISTED}${A}  /etc/hostname\n`),
    'a path in the home folder': manifest(`${LISTED}${A}  ~/a.txt\n`),
    'a path with backslashes': manifest(`${A}  data\\a.txt\n${REST}`),
    'a folder in a manifest': manifest(`${LISTED}${A}  data/b/\n`),
    'a path in other letters': manifest(`${A}  data/A.txt\n${REST}`),
    '"%20" for a space': file('a b', 'a%20b'),
  }),
  ...only('this software', 'NFD in the manifest, NFC in the file system', { NFD: file('caf\u00e9', 'cafe\u0301') }),
  ...only('this software', '`%0a`, which RFC 8493 decodes like `%0A`', { '"%0a"': file('two\nlines', 'two%0alines') }),
  ...only('this software', '`%25`, which RFC 8493 decodes', { '"%25"': file('100%', '100%25') }),
  ...only('this software', 'a name with `%0A`, written without encoding', { '"%0A" for itself': file('a%0Ab') }),
  ...only('this software', 'a space at the end of a name', { 'a name with a space at its end': file('a ') }),
  ...only('this software', 'a name with another line end of Unicode', { 'a line separator': file('a\u2028b') }),
  ...only('bagit.py', 'a path with `..` in a manifest, wherever it leads', {
    '".." in a path': manifest(`${A}  data/b/../a.txt\n${REST}`),
  }),
  ...only('bagit.py', 'a name that Windows reserves', { 'a name that Windows reserves': file('aux.txt') }),
  ...only('bagit.py', 'two names that some systems treat as the same', {
    'names in other letters': file('A.txt'),
    'names in other forms of Unicode': {
      ...{ 'data/caf\u00e9': 'a', 'data/cafe\u0301': 'a' },
      ...manifest(`${LISTED}${A}  data/caf\u00e9\n${A}  data/cafe\u0301\n`),
    },
  }),
];

const TWO_LINKS = { 'data/other': { link: 'a.txt' }, ...link('other', `${A}  data/link\n${A}  data/other\n`) };
const LINKED = { 'data/d/e/f': 'a', 'data/other': { link: 'link/e' }, ...link('d', `${A}  data/d/e/f\n`) };

const LINKS = [
  ...taken({
    'a link to a file': link('a.txt', `${A}  data/link\n`),
    'a link to a folder': link('b'),
    'a chain of links to a file': TWO_LINKS,
    'a link to a folder through a linked folder': LINKED,
  }),
  ...refused({
    'a link to a file that is not listed': link('a.txt'),
    'a link to nothing': link('nowhere'),
    'a link to itself': link('link'),
  }),
  ...only('bagit.py', 'a link that leads out of the payload', { 'a link that leads out': link('../../..') }),
  ...only('bagit.py', 'a link to a file through a linked folder', {
    'a link through a linked folder': { 'data/other': { link: 'link/c.txt' }, ...link('b', `${C}  data/other\n`) },
  }),
  ...only('bagit.py', 'a link beside the payload, or in its place', {
    'a link beside the payload': { 'link.txt': { link: 'bagit.txt' } },
    'a link for the payload': { ...NO_PAYLOAD, 'kept/a.txt': 'a', 'kept/b/c.txt': 'c', data: { link: 'kept' } },
  }),
];

const SPACES = {
  'spaces around the colons in bagit.txt': declared((text) => text.replaceAll(': ', ' :  ')),
  'no space after the colons in bagit.txt': declared((text) => text.replaceAll(': ', ':')),
  'the lines of bagit.txt in the other order': declared((text) => text.split('\n').reverse().join('\n')),
};

const DECLARATIONS = [
  ...taken({
    'CRLF in bagit.txt': declared((text) => text.replaceAll('\n', '\r\n')),
    'CR in bagit.txt': declared((text) => text.replaceAll('\n', '\r')),
    'spaces at the ends of lines in bagit.txt': declared((text) => text.replaceAll('\n', ' \t\n')),
    'no line end at the end of bagit.txt': declared((text) => text.trimEnd()),
    'empty lines in bagit.txt': declared((text) => `\n${text}\n`),
    'another line in bagit.txt': declared((text) => `${text}Made-By: hand\n`),
    'Latin-1': encoded('ISO-8859-1', {
      'data/\u00e9': 'a',
      ...manifest(Buffer.from(`${LISTED}${A}  data/\u00e9\n`, 'latin1')),
    }),
    'UTF-16': encoded('UTF-16', manifest(utf16(`\ufeff${LISTED}`))),
    'UTF-16, big endian': encoded('UTF-16', manifest(utf16(`\ufeff${LISTED}`).swap16())),
    'UTF-16LE': encoded('UTF-16LE', manifest(utf16(LISTED))),
  }),
  ...refused({
    'a byte order mark in bagit.txt': declared((text) => `\ufeff${text}`),
    'bagit.txt in UTF-16': declared((text) => utf16(`\ufeff${text}`)),
    'no encoding in bagit.txt': declared((text) => text.split('\n')[0]!),
    'no version in bagit.txt': declared((text) => text.split('\n')[1]!),
    'a line without a colon in bagit.txt': declared((text) => `${text}hello\n`),
    'an unknown encoding': encoded('EBCDIC-9', {}),
    'an empty bagit.txt': declared(() => ''),
    'no bagit.txt': { 'bagit.txt': undefined },
  }),
  ...taken(SPACES, DRAFTS),
  ...only('bagit.py', '1.0: `bagit.txt` with other spaces around its colons, or its lines in the other order', SPACES, [
    '1.0',
  ]),
  ...only('this software', '`bagit.txt` with labels in other letters', {
    'labels of bagit.txt in small letters': declared((text) => text.toLowerCase()),
  }),
  ...only('bagit.py', 'an encoding that Node.js does not know', { 'code page 437': encoded('cp437', {}) }),
  ...refused({ 'another version': {} }, ['0.92', '2.0', 'x.y']),
  ...only('bagit.py', 'a version that does not exist, such as 0.98 or 1.1', { 'no version': {} }, ['0.98', '1.1', '1']),
];

const DESCRIPTIONS = [
  ...taken(
    {
      'a right Payload-Oxum': info('Payload-Oxum: 2.2\n'),
      'a Payload-Oxum with leading zeros': info('Payload-Oxum: 02.002\n'),
      'two Payload-Oxums, the first right': info('Payload-Oxum: 2.2\nPayload-Oxum: 9.9\n'),
      'folded lines, empty lines and CRLF': info('A: one\r\n  two\r\n\tthree\r\n\r\nPayload-Oxum: 2.2\r\n'),
      'a package-info.txt of an earlier version': { 'package-info.txt': 'Payload-Oxum: 9.9\n' },
    },
    LATER,
  ),
  ...refused(
    {
      'a Payload-Oxum with other octets': info('Payload-Oxum: 3.2\n'),
      'a Payload-Oxum with other files': info('Payload-Oxum: 2.3\n'),
      'a Payload-Oxum of one number': info('Payload-Oxum: 2\n'),
      'an empty Payload-Oxum': info('Payload-Oxum:\n'),
      'two Payload-Oxums, the second right': info('Payload-Oxum: 9.9\nPayload-Oxum: 2.2\n'),
      'a line without a colon': info('Source-Organization\n'),
      'a bag-info.txt that is not in its encoding': info(Buffer.from('A: Biblioth\u00e8que\n', 'latin1')),
    },
    LATER,
  ),
  ...only('bagit.py', 'a line of `bag-info.txt` without a label', { 'no label': info(': The Library\n') }, LATER),
  ...only(
    'bagit.py',
    'a wrong `Payload-Oxum` whose label is in other letters, or after a byte order mark',
    {
      'a wrong payload-oxum': info('payload-oxum: 9.9\n'),
      'a wrong Payload-Oxum after a byte order mark': info('\ufeffPayload-Oxum: 9.9\n'),
    },
    LATER,
  ),
  ...taken(
    {
      'a package-info.txt': { 'package-info.txt': 'Source-Organization: The Library\nPayload-Oxum: 2.2\n' },
      'a bag-info.txt of a later version': info('Payload-Oxum: 9.9\n'),
    },
    FIRST,
  ),
  ...refused({ 'a wrong Payload-Oxum in package-info.txt': { 'package-info.txt': 'Payload-Oxum: 9.9\n' } }, FIRST),
];

const FETCHED = [
  ...taken({
    'a fetch.txt, and all its files': fetch(
      'https://example.org/a 1 data/a.txt\nhttps://example.org/c - data/b/c.txt\n',
    ),
    'an empty fetch.txt': fetch(''),
  }),
  ...refused({
    'a fetch.txt, and a file that is not here': {
      'data/a.txt': undefined,
      ...fetch('https://example.org/a 1 data/a.txt\n'),
    },
    'a fetch.txt that leads out': fetch('https://example.org/a 1 ../a.txt\n'),
    'a fetch.txt without an address': fetch('a.txt 1 data/a.txt\n'),
    'a line in fetch.txt without a path': fetch('https://example.org/a 1\n'),
  }),
];

/** Bags with one thing that is unusual or wrong. */
export const MADE_BAGS: readonly MadeBags[] = [
  ...MANIFESTS,
  ...MANIFESTS_BY_VERSION,
  ...PATHS,
  ...LINKS,
  ...DECLARATIONS,
  ...DESCRIPTIONS,
  ...FETCHED,
];
