import type { Environment } from '../artifact-store/config.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import { findPackage } from '../infospace/find-package.ts';
import { markDamaged } from '../infospace/verify.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import type { Inputs } from './inputs.ts';
import { setOutputs } from './outputs.ts';
import { fromSource, referenceIn } from './package-source.ts';
import { say } from './report.ts';
import { readSourceInputs, type SourceInputs } from './source-inputs.ts';
import type { Step } from './step.ts';
import type { AskedStore } from './store-input.ts';
import { code, table, writeSummary } from './summary.ts';

interface VerifyInputs {
  source: SourceInputs;
  /** Every package of the store. */
  all: boolean;
  summary: boolean;
}

export async function verify({ inputs, env, signal }: Step): Promise<void> {
  const asked = await readVerifyInputs(inputs, env);
  const verified = await fromSource(
    asked.source,
    { env, signal },
    {
      store: (registry, store) => verifyInStore(registry, asked, { ...store, signal }),
      bag: async (bag) => {
        await referenceIn(bag, asked.source);
        await bag.verify(undefined, signal);
        return [bag.summary];
      },
    },
  );
  const [first] = verified;
  const files = verified.reduce((sum, { fileCount }) => sum + fileCount, 0);
  const bytes = verified.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
  const what = `${formatCount(files, 'entry', 'entries')}, ${formatBytes(bytes)}`;
  say(`${formatCount(verified.length, 'package')} verified: ${what}, every byte read and hashed.`);
  setOutputs({
    package_id: verified.length === 1 ? first?.id : '',
    manifest_digest: verified.length === 1 ? first?.manifestDigest : '',
    content_digest: verified.length === 1 ? first?.contentDigest : '',
    package_count: verified.length,
    file_count: files,
    total_bytes: bytes,
  });
  if (asked.summary) await summarize(verified, what);
}

async function readVerifyInputs(inputs: Inputs, env: Environment): Promise<VerifyInputs> {
  return {
    source: await readSourceInputs(inputs, env),
    all: inputs.flag('all', false),
    summary: inputs.flag('summary', true),
  };
}

/**
 * Marks what is damaged, so that the next archive of sound files heals it.
 *
 * @throws ArchiveError `INTEGRITY` naming the first damaged file, at the first package that has one.
 */
async function verifyInStore(
  registry: Registry,
  { source, all }: VerifyInputs,
  place: Pick<AskedStore, 'storeRoot' | 'env'> & Pick<Step, 'signal'>,
): Promise<PackageSummary[]> {
  const { reference, root, subject } = source;
  const found = all ? await registry.listPackages() : [await findPackage(reference, registry, { root, subject })];
  const ids = found.map(({ id }) => id);
  for await (const result of registry.verifyPackages(ids, undefined, { signal: place.signal })) {
    const { id, damage } = result;
    for (const { error } of damage) say(`${id}: ${error.message}`);
    const [first] = damage;
    if (first) await markDamaged(root, place, [result]);
    if (first) throw new ArchiveError('INTEGRITY', `Package ${id} is damaged. ${first.error.message}`, first.error);
    say(`${id}: sound`);
  }
  return found;
}

async function summarize(verified: readonly PackageSummary[], what: string): Promise<void> {
  const [only] = verified;
  const rows: [string, string][] =
    verified.length === 1 && only
      ? [
          ['Package', code(only.id)],
          ['Manifest', code(only.manifestDigest)],
          ['Content', code(only.contentDigest)],
        ]
      : [['Packages', String(verified.length)]];
  await writeSummary(['### Verified', table([...rows, ['Read and hashed', what]])]);
}
