import { resolve } from 'node:path';
import { type Abortable, untilAborted } from '../artifact-store/abort.ts';
import { ArchiveError, isArchiveError } from '../artifact-store/errors.ts';
import type { Registry, VerifiedPackage } from '../artifact-store/registry.ts';
import type { SignedBy, TrustOptions, VerifiedAttestation } from '../infospace/attestation/attest.ts';
import { warn } from './errors.ts';
import { formatBytes, formatCount, printable } from './format.ts';
import { printJson } from './json.ts';
import { startProgress } from './progress.ts';

export interface VerifyFlags extends TrustOptions, Abortable {
  all?: boolean | undefined;
  /** Percentage of the contents to read, chosen at random; all of them by default. */
  sample?: number | undefined;
  /** A file with an attestation, which must be of the package. */
  attestation?: string | undefined;
  /** The infospace whose store and index are used. */
  from: string;
  /** Whose `latest` and labels are meant; by default that of the infospace. */
  subject?: string | undefined;
  storeRoot?: string | undefined;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Reads and hashes again every stored byte of a package, or with `all` of the store, and says what was found. What is damaged
 * is marked in the store, where it can be written; with `all`, the event log is told of every package.
 *
 * @returns whether all of it is whole.
 * @throws ArchiveError `USAGE`, `NOT_FOUND`, `STORE_UNAVAILABLE`; `ATTESTATION_REFUSED`.
 */
export async function verifyAndPrint(reference: string | undefined, flags: VerifyFlags): Promise<boolean> {
  const { all, sample = 100, attestation, from, subject, storeRoot, json, quiet, signal } = flags;
  if ((reference === undefined) === (all === undefined)) {
    throw new ArchiveError('USAGE', 'Say what to verify: either a package or --all.');
  }
  const { certificateIdentity, certificateOidcIssuer, trustedRoot, key } = flags;
  const trust = { certificateIdentity, certificateOidcIssuer, trustedRoot, key };
  if (attestation === undefined && Object.values(trust).some((value) => value !== undefined)) {
    throw new ArchiveError('USAGE', 'Who is trusted matters for an attestation only; give one with --attestation.');
  }
  if (attestation !== undefined && reference === undefined) {
    throw new ArchiveError('USAGE', 'An attestation is of one package; name it instead of --all.');
  }
  const { findPackage } = await import('../infospace/find-package.ts');
  const { markDamaged } = await import('../infospace/verify.ts');
  const registry = await openToVerify(resolve(from), { storeRoot, signal }, all ?? false);
  const progress = startProgress('verifying', !quiet && !json);
  const results: VerifiedPackage[] = [];
  let attested: VerifiedAttestation | undefined;
  try {
    const finding =
      reference === undefined
        ? registry.listPackages()
        : findPackage(reference, registry, { root: from, subject }).then((found) => [found]);
    const ids = (await untilAborted(signal, finding)).map(({ id }) => id);
    if (attestation !== undefined) {
      const { verifyAttestation } = await import('../infospace/attestation/attest.ts');
      attested = await verifyAttestation(ids[0]!, attestation, registry, trust, { signal });
    }
    const options = { record: all ?? false, sample: sample / 100, signal };
    for await (const result of registry.verifyPackages(ids, progress.update, options)) results.push(result);
  } finally {
    progress.end();
    await registry.close();
  }
  const damaged = results.filter(({ damage }) => damage.length > 0);
  const marked = all ? results : await markDamaged(resolve(from), { storeRoot, signal }, damaged);
  const [unrecorded] = marked.flatMap((result) => result.unrecorded ?? []);
  if (unrecorded) warn(`What was found is not in the event log. ${unrecorded.message}`);
  else if (marked.some(({ damage }) => damage.some(({ path }) => path !== undefined))) {
    warn('What is damaged is marked in the store: archive the files again as they were, and it is stored again.');
  }
  if (attested && attested.signedBy === undefined) {
    warn(nobodySigned(attested.file));
  }
  if (json) printJson(results.map((result) => ({ ...resultJson(result), ...attestationJson(attested) })));
  else {
    process.stdout.write(results.map((result) => renderResult(result, quiet ?? false)).join(''));
    if (attested?.signedBy && !quiet) process.stdout.write(`${printable(signerText(attested.signedBy))}\n`);
  }
  return results.every(({ damage }) => damage.length === 0);
}

/** A store that cannot be written can be verified all the same; one that is not there is not made. */
async function openToVerify(
  root: string,
  location: Pick<VerifyFlags, 'storeRoot' | 'signal'>,
  record: boolean,
): Promise<Registry> {
  const { openRegistry } = await import('../infospace/infospace-store.ts');
  const reader = await openRegistry(root, location, 'read');
  if (!record) return reader;
  try {
    const writer = await openRegistry(root, location, 'write');
    await reader.close();
    return writer;
  } catch (error) {
    if (isArchiveError(error, 'STORE_UNAVAILABLE')) return reader;
    await reader.close();
    throw error;
  }
}

function attestationJson(attested: VerifiedAttestation | undefined): object {
  return attested ? { attestation: { file: attested.file, signed_by: attested.signedBy ?? null } } : {};
}

export function signerText(signedBy: SignedBy): string {
  const who = 'key' in signedBy ? `with the key in ${signedBy.key}` : `by ${signedBy.identity} (${signedBy.issuer})`;
  return `attested, signed ${who}`;
}

export function nobodySigned(file: string): string {
  return `Nobody signed the statement in ${file}: it agrees with the package, and proves nothing.`;
}

function resultJson({ id, files, bytes, read, damage }: VerifiedPackage): object {
  return {
    package_id: id,
    file_count: files,
    total_bytes: bytes,
    ...(read && { read_files: read.files, read_bytes: read.bytes }),
    ok: damage.length === 0,
    damage: damage.map(({ path, error }) => ({ path: path ?? null, message: error.message })),
  };
}

function renderResult({ id, files, bytes, read, damage }: VerifiedPackage, quiet: boolean): string {
  if (damage.length > 0) {
    return damage.map(({ error }) => `${id}: ${printable(error.message)}\n`).join('');
  }
  if (quiet) return '';
  const sampled = read ? `; read ${formatCount(read.files, 'file')}, ${formatBytes(read.bytes)}` : '';
  return `${id}: ok, ${formatCount(files, 'entry', 'entries')}, ${formatBytes(bytes)}${sampled}\n`;
}
