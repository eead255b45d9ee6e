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
  /** A file with an attestation, which must name the package. */
  attestation?: string | undefined;
  /** The infospace whose store and index are used. */
  from: string;
  /** The subject that `latest` and labels refer to; by default the infospace's. */
  subject?: string | undefined;
  storeRoot?: string | undefined;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Reads and hashes every stored byte of a package, or with `all` of the store, and prints the result. Damaged contents are
 * marked in the store if it is writable; with `all`, the event log records the result for every package.
 *
 * @returns whether every package is sound.
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
    throw new ArchiveError('USAGE', 'The options of a signer check an attestation; name one with --attestation.');
  }
  if (attestation !== undefined && reference === undefined) {
    throw new ArchiveError('USAGE', 'An attestation is about one package; name it instead of --all.');
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
    const options = { record: all ?? false, sample: sample / 100, storedBytes: true, signal };
    for await (const result of registry.verifyPackages(ids, progress.update, options)) results.push(result);
  } finally {
    progress.end();
    await registry.close();
  }
  const damaged = results.filter(({ damage, stored }) => damage.length > 0 && stored === undefined);
  const marked = all ? results : await markDamaged(resolve(from), { storeRoot, signal }, damaged);
  const [unrecorded] = marked.flatMap((result) => result.unrecorded ?? []);
  if (unrecorded) warn(`The result is not recorded in the event log. ${unrecorded.message}`);
  else if (marked.some(({ damage }) => damage.some(({ path }) => path !== undefined))) {
    warn(
      'The damaged contents are marked in the store; archive the files again from sound copies to store them again.',
    );
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

/** Opens for writing only to record results. Falls back to reading if the store is read-only; never creates a store. */
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

function signerText(signedBy: SignedBy): string {
  const who = 'key' in signedBy ? `with the key in ${signedBy.key}` : `by ${signedBy.identity} (${signedBy.issuer})`;
  return `attested, signed ${who}`;
}

function nobodySigned(file: string): string {
  return `Nobody signed the statement in ${file}: it agrees with the package, but proves nothing.`;
}

function resultJson({ id, files, bytes, read, stored, damage }: VerifiedPackage): object {
  return {
    package_id: id,
    file_count: stored ? null : files,
    total_bytes: stored ? null : bytes,
    ...(stored && {
      decrypted: false,
      stored_objects: stored.objects,
      stored_bytes: stored.bytes,
      unchecked_objects: stored.unchecked,
    }),
    ...(read && { read_files: read.files, read_bytes: read.bytes }),
    ok: damage.length === 0,
    damage: damage.map(({ path, error }) => ({ path: path ?? null, message: error.message })),
  };
}

function renderResult({ id, files, bytes, read, stored, damage }: VerifiedPackage, quiet: boolean): string {
  if (damage.length > 0) {
    return damage.map(({ error }) => `${id}: ${printable(error.message)}\n`).join('');
  }
  if (quiet) return '';
  if (stored) {
    const objects = `${formatCount(stored.objects, 'object')}, ${formatBytes(stored.bytes)}`;
    const older = stored.unchecked === 0 ? '' : `; ${stored.unchecked} of an older version without a digest`;
    return `${id}: stored bytes are sound (${objects}${older}); contents not decrypted\n`;
  }
  const sampled = read ? `; read ${formatCount(read.files, 'file')}, ${formatBytes(read.bytes)}` : '';
  return `${id}: ok, ${formatCount(files, 'entry', 'entries')}, ${formatBytes(bytes)}${sampled}\n`;
}
