import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** Where one run of a tool works. */
export interface Place {
  /** The folder that is archived; it holds `infospace.yaml` and `output/`. */
  root: string;
  /** What the tool stores goes here: a folder or one file. */
  store: string;
  /** A folder that does not exist, to restore into. */
  target: string;
}

/** A tool, and its commands as a shell has them. */
export interface Tool {
  name: string;
  version(): string | undefined;
  /** Makes an empty store; not measured. */
  init?(place: Place): string;
  /** Undefined for what only looks at files. */
  archive?(place: Place): string;
  /** Archives again into the same store; undefined for tools that only know whole copies. */
  again?(place: Place): string;
  restore?(place: Place): string;
}

const secret = 'RESTIC_PASSWORD=benchmark';
const plainBorg = 'BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes';
export const CLI = `${process.execPath} ${join(repository, 'bin/infospace-archive.cjs')}`;

export const OURS: Tool = {
  name: 'infospace-archive',
  version: () => firstLine(process.execPath, [join(repository, 'bin/infospace-archive.cjs'), '--version']),
  archive: ({ root, store }) => `${CLI} archive ${root} --store-root ${store} --quiet`,
  again: ({ root, store }) => `${CLI} archive ${root} --store-root ${store} --quiet`,
  restore: ({ root, store, target }) =>
    `${CLI} restore latest --from ${root} --store-root ${store} --target ${target} --quiet`,
};

export const PEERS: readonly Tool[] = [
  {
    name: 'restic',
    version: () => firstLine(find('restic'), ['version']),
    init: ({ store }) => `${secret} ${find('restic')} init --repo ${store}`,
    archive: ({ root, store }) => `cd ${root} && ${secret} ${find('restic')} backup --quiet --repo ${store} .`,
    again: ({ root, store }) => `cd ${root} && ${secret} ${find('restic')} backup --quiet --repo ${store} .`,
    restore: ({ store, target }) =>
      `${secret} ${find('restic')} restore latest --quiet --repo ${store} --target ${target}`,
  },
  {
    name: 'borg',
    version: () => firstLine(find('borg'), ['--version']),
    init: ({ store }) => `${find('borg')} init --encryption none ${store}`,
    archive: ({ root, store }) => `cd ${root} && ${plainBorg} ${find('borg')} create ${store}::'{utcnow}' .`,
    again: ({ root, store }) => `cd ${root} && ${plainBorg} ${find('borg')} create ${store}::'{utcnow}' .`,
    restore: ({ store, target }) =>
      `mkdir ${target} && cd ${target} && ${plainBorg} ${find('borg')} extract ${store}::"$(${plainBorg} ${find('borg')} list --short --last 1 ${store})"`,
  },
  {
    name: 'tar, zstd -3',
    version: () => firstLine('zstd', ['--version']),
    archive: ({ root, store }) => `tar -C ${root} -c . | zstd -3 -q -o ${store} && sync ${store}`,
    restore: ({ store, target }) => `mkdir ${target} && zstd -dc ${store} | tar -C ${target} -x`,
  },
  {
    name: 'zip -r',
    version: () => firstLine('zip', ['--version']),
    archive: ({ root, store }) =>
      `cd ${root} && zip -q -r ${store}.zip . && sync ${store}.zip && mv ${store}.zip ${store}`,
  },
  {
    name: 'cp -r',
    version: () => firstLine('cp', ['--version']),
    archive: ({ root, store }) => `cp -r ${root} ${store} && sync --file-system ${store}`,
    restore: ({ store, target }) => `cp -r ${store} ${target}`,
  },
  {
    name: 'find -printf, node -e 0',
    version: () => firstLine('find', ['--version']),
    again: ({ root }) => `find ${root} -type f -printf '%p %s %T@ %C@ %i\n' > /dev/null && ${process.execPath} -e 0`,
  },
];

/** A program on PATH, or where this project's own scripts and `go install` put theirs. */
export function find(name: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(homedir(), 'go/bin')];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? name;
}

export function firstLine(command: string, args: string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n', 1)[0] : undefined;
}
