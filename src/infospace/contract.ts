/** The layout of an infospace. */

/** The file that makes a folder an infospace. */
export const INFOSPACE_FILE = 'infospace.yaml';

/** It says what the infospace is, and holds none of it. */
export const MAX_INFOSPACE_BYTES: number = 1024 * 1024;

/** Patterns, in gitignore syntax, of what an archive leaves out. */
export const IGNORE_FILE = '.infospaceignore';

/** What is archived when nothing is said; those that exist. */
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
/** The embedded store. */
export const STORE_FOLDER: string = `${ARCHIVES_FOLDER}/.store`;
/** Begins the names of the index's lock and of its next version while it is written. */
export const INDEX_SIDE_PREFIX: string = `${ARCHIVES_FOLDER}/.index.yaml.`;
/** What a killed process may leave of {@link ATTRIBUTES_FILE} while it is written. */
const ATTRIBUTES_SIDE_PREFIX = `${ARCHIVES_FOLDER}/..gitattributes.`;

export const DEFAULT_PRODUCER = 'infospace-bench';

/** Whether the path is this software's own record keeping, which no package holds. */
export function isRecordKeeping(path: string): boolean {
  return (
    [INDEX_FILE, ATTRIBUTES_FILE, STORE_FOLDER].includes(path) ||
    [INDEX_SIDE_PREFIX, ATTRIBUTES_SIDE_PREFIX].some((prefix) => path.startsWith(prefix))
  );
}
