import type { Bag } from '../artifact-store/bag/read-bag.ts';
import type { Environment } from '../artifact-store/config.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import { findPackage } from '../infospace/find-package.ts';
import { markDamaged } from '../infospace/verify.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { type Inputs, invalidInput } from './inputs.ts';
import { setOutputs } from './outputs.ts';
import { fromSource, referenceIn } from './package-source.ts';
import { say } from './report.ts';
import { readSourceInputs, type SourceInputs } from './source-inputs.ts';
import type { Step } from './step.ts';
import type { AskedStore } from './store-input.ts';
import { code, table, writeSummary } from './summary.ts';

interface Verified {
  packages: PackageSummary[];
  /** What was read, unless it was everything. */
  read?: { files: number; bytes: number } | undefined;
}

interface VerifyInputs {
  source: SourceInputs;
  /** Every package of the store. */
  all: boolean;
  /** The share of the contents to read, up to 1. */
  sample: number;
  summary: boolean;
}

export async function verify({ inputs, env, signal }: Step): Promise<void> {
  const asked = await readVerifyInputs(inputs, env);
  const { packages: verified, read } = await fromSource(
    asked.source,
    { env, signal },
    {
      store: (registry, store) => verifyInStore(registry, asked, { ...store, signal }),
      bag: (bag) => verifyBag(bag, asked, signal),
    },
  );
  const [first] = verified;
  const files = verified.reduce((sum, { fileCount }) => sum + fileCount, 0);
  const bytes = verified.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
  const what = `${formatCount(files, 'entry', 'entries')}, ${formatBytes(bytes)}`;
  const readText = read ? `${formatCount(read.files, 'file')}, ${formatBytes(read.bytes)}` : what;
  const extent = read ? `read and hashed ${readText} of it` : 'every byte read and hashed';
  say(`${formatCount(verified.length, 'package')} verified: ${what}, ${extent}.`);
  setOutputs({
    package_id: verified.length === 1 ? first?.id : '',
    manifest_digest: verified.length === 1 ? first?.manifestDigest : '',
    content_digest: verified.length === 1 ? first?.contentDigest : '',
    package_count: verified.length,
    file_count: files,
    total_bytes: bytes,
  });
  if (asked.summary) await summarize(verified, readText);
}

async function readVerifyInputs(inputs: Inputs, env: Environment): Promise<VerifyInputs> {
  return {
    source: await readSourceInputs(inputs, env),
    all: inputs.flag('all', false),
    sample: readSample(inputs),
    summary: inputs.flag('summary', true),
  };
}

async function verifyBag(bag: Bag, { source, sample }: VerifyInputs, signal: AbortSignal): Promise<Verified> {
  if (sample < 1) throw invalidInput('sample', 'is for packages in a store; leave it out for a workflow artifact');
  await referenceIn(bag, source);
  await bag.verify(undefined, signal);
  return { packages: [bag.summary] };
}

/** @throws ArchiveError `USAGE` for anything but a percentage above 0. */
function readSample(inputs: Inputs): number {
  const text = inputs.text('sample') ?? '100%';
  const percent = /^\d+(?:\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (percent > 0 && percent <= 100) return percent / 100;
  throw invalidInput('sample', `is "${text}"; use more than 0% and at most 100%`);
}

/**
 * Marks damaged contents, so that the next archive of intact files replaces them.
 * @throws ArchiveError `INTEGRITY` naming the first damaged file of the first damaged package.
 */
async function verifyInStore(
  registry: Registry,
  { source, all, sample }: VerifyInputs,
  place: Pick<AskedStore, 'storeRoot' | 'env'> & Pick<Step, 'signal'>,
): Promise<Verified> {
  const { reference, root, subject } = source;
  const found = all ? await registry.listPackages() : [await findPackage(reference, registry, { root, subject })];
  const ids = found.map(({ id }) => id);
  const read = { files: 0, bytes: 0 };
  for await (const result of registry.verifyPackages(ids, undefined, { sample, signal: place.signal })) {
    const { id, damage } = result;
    for (const { error } of damage) say(`${id}: ${error.message}`);
    const [first] = damage;
    if (first) await markDamaged(root, place, [result]);
    if (first) throw new ArchiveError('INTEGRITY', `Package ${id} is damaged. ${first.error.message}`, first.error);
    say(`${id}: sound`);
    read.files += result.read?.files ?? 0;
    read.bytes += result.read?.bytes ?? 0;
  }
  return { packages: found, read: sample < 1 ? read : undefined };
}

async function summarize(verified: readonly PackageSummary[], read: string): Promise<void> {
  const [only] = verified;
  const rows: [string, string][] =
    verified.length === 1 && only
      ? [
          ['Package', code(only.id)],
          ['Manifest', code(only.manifestDigest)],
          ['Content', code(only.contentDigest)],
        ]
      : [['Packages', String(verified.length)]];
  await writeSummary(['### Verified', table([...rows, ['Read and hashed', read]])]);
}
