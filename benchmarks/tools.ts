import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** The folders for one run of a tool. */
export interface Place {
  /** The folder to archive; it contains `infospace.yaml` and `output/`. */
  root: string;
  /** The place for the tool's store: a folder or one file. */
  store: string;
  /** A folder to restore into, which does not exist yet. */
  target: string;
}

/** A tool with its shell commands. */
export interface Tool {
  name: string;
  version(): string | undefined;
  /** Makes an empty store; not measured. */
  init?(place: Place): string;
  /** Undefined for tools that only read files. */
  archive?(place: Place): string;
  /** Archives again into the same store; undefined for tools that only make whole copies. */
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

/** Beside the store: the identity, and the writer key, which is all that an archive needs. */
const identity = ({ store }: Place) => `ARTIFACTSTORE_IDENTITY_FILE=${store}.identity`;
const writerKey = ({ store }: Place) => `ARTIFACTSTORE_WRITER_KEY_FILE=${store}.writer`;

const ENCRYPTED: Tool = {
  name: 'infospace-archive, encrypted',
  version: OURS.version,
  init: (place) => {
    const at = `--from ${place.root} --store-root ${place.store}`;
    const recipient = `"$(${CLI} store key generate ${place.store}.identity)"`;
    return `${CLI} store init --encrypt --recipient ${recipient} ${at} && ${identity(place)} ${CLI} store key writer ${at} > ${place.store}.writer`;
  },
  archive: (place) => `${writerKey(place)} ${OURS.archive!(place)}`,
  again: (place) => `${writerKey(place)} ${OURS.again!(place)}`,
  restore: (place) => `${identity(place)} ${OURS.restore!(place)}`,
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
    name: 'rustic',
    version: () => firstLine(find('rustic'), ['--version']),
    init: ({ store }) => `${rustic(store)} init`,
    archive: ({ root, store }) => `cd ${root} && ${rustic(store)} backup .`,
    again: ({ root, store }) => `cd ${root} && ${rustic(store)} backup .`,
    restore: ({ store, target }) => `${rustic(store)} restore latest ${target}`,
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

/** An encrypted store, compared with a plain one and those of others: restic encrypts every store. */
export function encrypted(): { ours: Tool; peers: readonly Tool[] } {
  const borg = PEERS.find(({ name }) => name === 'borg')!;
  const withPassphrase = (command: string) => `export BORG_PASSPHRASE=benchmark && ${command}`;
  const encryptedBorg: Tool = {
    ...borg,
    name: 'borg, encrypted',
    init: (place) => withPassphrase(borg.init!(place).replace('--encryption none', '--encryption repokey-blake2')),
    archive: (place) => withPassphrase(borg.archive!(place)),
    again: (place) => withPassphrase(borg.again!(place)),
    restore: (place) => withPassphrase(borg.restore!(place)),
  };
  const restic = PEERS.filter(({ name }) => name === 'restic');
  return { ours: ENCRYPTED, peers: [OURS, ...restic, encryptedBorg] };
}

function rustic(store: string): string {
  return `${find('rustic')} --no-progress --log-level error --password benchmark --repository ${store}`;
}

/** A program on PATH, or where this project's own scripts and `go install` install theirs. */
export function find(name: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(homedir(), 'go/bin')];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? name;
}

export function firstLine(command: string, args: string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n', 1)[0] : undefined;
}
