/** The layout of an infospace. */

/** The file that makes a folder an infospace. */
export const INFOSPACE_FILE = 'infospace.yaml';

/** Far above real size: the file describes an infospace and contains none of it. */
export const MAX_INFOSPACE_BYTES: number = 1024 * 1024;

/** Patterns in gitignore syntax of what an archive leaves out. */
export const IGNORE_FILE = '.infospaceignore';

/** Included by default, where it exists. */
export const DEFAULT_INCLUDE: readonly string[] = [
  INFOSPACE_FILE,
  'artifacts',
  'workflows',
  'output',
  'reports',
  'exports',
];

/** Where archives are recorded: the only folder of an infospace that this software writes to. */
export const ARCHIVES_FOLDER = 'output/archives';
export const INDEX_FILE: string = `${ARCHIVES_FOLDER}/index.yaml`;
/** Tells git how to merge the index. */
export const ATTRIBUTES_FILE: string = `${ARCHIVES_FOLDER}/.gitattributes`;
/** Folder of the embedded store. */
export const STORE_FOLDER: string = `${ARCHIVES_FOLDER}/.store`;
/** Prefix of the index's lock and of its next version while it is written. */
export const INDEX_SIDE_PREFIX: string = `${ARCHIVES_FOLDER}/.index.yaml.`;
/** Prefix of the temporary file for {@link ATTRIBUTES_FILE}; a killed process may leave one. */
const ATTRIBUTES_SIDE_PREFIX = `${ARCHIVES_FOLDER}/..gitattributes.`;

export const DEFAULT_PRODUCER = 'infospace-bench';

/** Whether the path belongs to this software's own records, which no package contains. */
export function isRecordKeeping(path: string): boolean {
  if (!path.startsWith(ARCHIVES_FOLDER)) return false;
  return (
    [INDEX_FILE, ATTRIBUTES_FILE, STORE_FOLDER].includes(path) ||
    [INDEX_SIDE_PREFIX, ATTRIBUTES_SIDE_PREFIX].some((prefix) => path.startsWith(prefix))
  );
}
