import { isKey } from './keys.ts';

/** An object is one blob under one ref. */
export interface GitObject {
  /** Several where writers put it at once. */
  refs: string[];
  /** Of the blob. */
  id: string;
  /** Known of what was put; of what was created, the name is all there is. */
  size: number | undefined;
  storedAt: Date | undefined;
}

const ROOT = 'refs/artifactstore/';
/** Keys have no capital letters, so this is part of none. */
const SUFFIX = /^(?<key>.+)\/B(?<size>\d+)T(?<seconds>\d+)$/;

export function refBase(prefix: string): string {
  return prefix === '' ? ROOT : `${ROOT}${prefix}/`;
}

/** Names what creates the object: exactly one may have it. */
export function createdRef(base: string, key: string): string {
  return base + key;
}

/** Neither the size nor the time of a blob is told by a server that lists refs, so the name tells them. */
export function putRef(base: string, key: string, size: number, storedAt: Date): string {
  return `${base}${key}/B${size}T${Math.floor(storedAt.getTime() / 1000)}`;
}

/** The blobs that refs name, out of what `git ls-remote` prints. */
export function parseRefs(base: string, printed: string): Map<string, string> {
  const refs = new Map<string, string>();
  for (const line of printed.split('\n')) {
    const [id, ref] = line.split('\t');
    if (id !== undefined && ref?.startsWith(base)) refs.set(ref, id);
  }
  return refs;
}

/** The objects by their keys. Where one was put twice, the first ref tells its time. */
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
