import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceEntry, SourceFile } from '../artifact-store/source.ts';

/**
 * Files that are made to hold secrets, as scanners know them by name. The list is short: a warning that is wrong half of the
 * time is read by nobody.
 */
const SECRET_NAMES: readonly RegExp[] = [
  // What `.env` files are copied from is there to be seen.
  /(^|\/)\.env(\.(?!(example|sample|template|dist|defaults|schema)$)[^/]+)?$/,
  /(^|\/)id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk)$/,
  /(^|\/)(\.netrc|_netrc|\.pgpass|\.my\.cnf|\.git-credentials|\.htpasswd|\.s3cfg|\.boto|\.vault-token|\.dockercfg)$/,
  /(^|\/)\.aws\/credentials$/,
  /(^|\/)\.config\/gcloud\/(application_default_credentials\.json|credentials\.db)$/,
  /\.(ppk|kdbx|p12|pfx|jks|keystore)$/,
];

/** Files that hold secrets or do not, and what tells. */
const TELLING: readonly [name: RegExp, content: RegExp][] = [
  [/\.(pem|key|asc|p8)$|_(rsa|dsa|ecdsa|ed25519)$/, /-----BEGIN ([A-Z]+ )*PRIVATE KEY( BLOCK)?-----/],
  [
    /(^|\/)\.git\/config$|(^|\/)\.gitconfig$/,
    /:\/\/[^/\s:@]*:[^/\s@]+@|extraheader\s*=\s*authorization|:\/\/gh[a-z]_\w+@/i,
  ],
  // `${TOKEN}` stands for the value of a variable.
  [/(^|\/)\.npmrc$/, /_(auth|authToken|password)\s*=\s*(?!["']?\$\{)\S/],
  [/(^|\/)\.pypirc$/, /^\s*password\s*[:=]\s*\S/m],
  [/(^|\/)\.docker\/config\.json$/, /"(auth|identitytoken)"\s*:\s*"[^"]/],
  [/(^|\/)\.kube\/config$|(^|\/)kubeconfig$/, /^\s*(token|client-key-data|password):\s*\S/m],
  [/(service[-_]?account|credentials)[^/]*\.json$/, /"private_key"\s*:\s*"-----BEGIN/],
];

/** Any of those names: most files have none, and one look tells. */
const SOME_NAME = new RegExp([...SECRET_NAMES, ...TELLING.map(([name]) => name)].map(({ source }) => source).join('|'));

/** All of the files that {@link TELLING} names are smaller; of others the beginning says enough. */
const READ_BYTES = 64 * 1024;

/** Paths of those files that commonly hold secrets. One that cannot be read is left to the archive to complain of. */
export function findSecretFiles(root: string, entries: readonly SourceEntry[]): string[] {
  return entries
    .filter((entry): entry is SourceFile => entry.kind === 'file' && entry.stamp.size > 0 && SOME_NAME.test(entry.path))
    .filter(({ path }) => SECRET_NAMES.some((name) => name.test(path)) || tells(root, path))
    .map(({ path }) => path);
}

function tells(root: string, path: string): boolean {
  const contents = TELLING.filter(([name]) => name.test(path)).map(([, content]) => content);
  if (contents.length === 0) return false;
  const text = beginningOf(join(root, path));
  return contents.some((content) => content.test(text));
}

function beginningOf(file: string): string {
  const bytes = Buffer.alloc(READ_BYTES);
  let descriptor: number | undefined;
  try {
    // One that has become a pipe must not block.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, READ_BYTES, 0));
  } catch {
    return '';
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
