import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceEntry, SourceFile } from '../artifact-store/source.ts';

/** Names of files made to contain secrets. The list is short, since people ignore frequent false alarms. */
const SECRET_NAMES: readonly RegExp[] = [
  // Templates of `.env` files are meant to be public.
  /(^|\/)\.env(\.(?!(example|sample|template|dist|defaults|schema)$)[^/]+)?$/,
  /(^|\/)id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk)$/,
  /(^|\/)(\.netrc|_netrc|\.pgpass|\.my\.cnf|\.git-credentials|\.htpasswd|\.s3cfg|\.boto|\.vault-token|\.dockercfg)$/,
  /(^|\/)\.aws\/credentials$/,
  /(^|\/)\.config\/gcloud\/(application_default_credentials\.json|credentials\.db)$/,
  /\.(ppk|kdbx|p12|pfx|jks|keystore)$/,
];

/** Files that may contain secrets, and content that proves it. */
const TELLING: readonly [name: RegExp, content: RegExp][] = [
  [/\.(pem|key|asc|p8)$|_(rsa|dsa|ecdsa|ed25519)$/, /-----BEGIN ([A-Z]+ )*PRIVATE KEY( BLOCK)?-----/],
  [
    /(^|\/)\.git\/config$|(^|\/)\.gitconfig$/,
    /:\/\/[^/\s:@]*:[^/\s@]+@|extraheader\s*=\s*authorization|:\/\/gh[a-z]_\w+@/i,
  ],
  // `${TOKEN}` is the value of a variable.
  [/(^|\/)\.npmrc$/, /_(auth|authToken|password)\s*=\s*(?!["']?\$\{)\S/],
  [/(^|\/)\.pypirc$/, /^\s*password\s*[:=]\s*\S/m],
  [/(^|\/)\.docker\/config\.json$/, /"(auth|identitytoken)"\s*:\s*"[^"]/],
  [/(^|\/)\.kube\/config$|(^|\/)kubeconfig$/, /^\s*(token|client-key-data|password):\s*\S/m],
  [/(service[-_]?account|credentials)[^/]*\.json$/, /"private_key"\s*:\s*"-----BEGIN/],
];

/** Matches any of those names, to skip most files with one test. */
const SOME_NAME = new RegExp([...SECRET_NAMES, ...TELLING.map(([name]) => name)].map(({ source }) => source).join('|'));

/** Enough for the files that {@link TELLING} names. */
const READ_BYTES = 64 * 1024;

/** Returns the paths of files that commonly contain secrets. Skips unreadable files, which the archive reports. */
export function findSecretFiles(root: string, entries: readonly SourceEntry[]): string[] {
  return entries
    .filter((entry): entry is SourceFile => entry.kind === 'file' && entry.stamp.size > 0 && SOME_NAME.test(entry.path))
    .filter(({ path }) => SECRET_NAMES.some((name) => name.test(path)) || containsSecret(root, path))
    .map(({ path }) => path);
}

function containsSecret(root: string, path: string): boolean {
  const contents = TELLING.filter(([name]) => name.test(path)).map(([, content]) => content);
  if (contents.length === 0) return false;
  const text = beginningOf(join(root, path));
  return contents.some((content) => content.test(text));
}

function beginningOf(file: string): string {
  const bytes = Buffer.alloc(READ_BYTES);
  let descriptor: number | undefined;
  try {
    // A file replaced by a pipe must not block.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, READ_BYTES, 0));
  } catch {
    return '';
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
