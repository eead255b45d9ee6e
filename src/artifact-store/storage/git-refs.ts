import { isKey } from './keys.ts';

/** An object is one blob under one ref. */
export interface GitObject {
  /** Several if writers put the object at the same time. */
  refs: string[];
  /** Id of the blob. */
  id: string;
  /** Known for objects stored by `put`; refs of created objects carry no size or time. */
  size: number | undefined;
  storedAt: Date | undefined;
}

const ROOT = 'refs/artifactstore/';
/** Keys contain no capital letters, so no key matches this. */
const SUFFIX = /^(?<key>.+)\/B(?<size>\d+)T(?<seconds>\d+)$/;

export function refBase(prefix: string): string {
  return prefix === '' ? ROOT : `${ROOT}${prefix}/`;
}

/** The ref of a created object: only one writer can create it. */
export function createdRef(base: string, key: string): string {
  return base + key;
}

/** The ref of an object stored by `put`. Its name contains size and time, since listing refs gives neither. */
export function putRef(base: string, key: string, size: number, storedAt: Date): string {
  return `${base}${key}/B${size}T${Math.floor(storedAt.getTime() / 1000)}`;
}

/** Parses the output of `git ls-remote` into blob ids by ref. */
export function parseRefs(base: string, printed: string): Map<string, string> {
  const refs = new Map<string, string>();
  for (const line of printed.split('\n')) {
    const [id, ref] = line.split('\t');
    if (id !== undefined && ref?.startsWith(base)) refs.set(ref, id);
  }
  return refs;
}

/** The objects by key. If an object was put twice, the first ref gives its time. */
export function objectsOf(base: string, refs: ReadonlyMap<string, string>): Map<string, GitObject> {
  const objects = new Map<string, GitObject>();
  for (const [ref, id] of refs) {
    const name = ref.slice(base.length);
    const found = SUFFIX.exec(name)?.groups as { key: string; size: string; seconds: string } | undefined;
    const key = found?.key ?? name;
    if (!isKey(key)) continue;
    const other = objects.get(key);
    if (other !== undefined) {
      other.refs.push(ref);
      continue;
    }
    const storedAt = found && new Date(Number(found.seconds) * 1000);
    objects.set(key, { refs: [ref], id, size: found && Number(found.size), storedAt });
  }
  return objects;
}
