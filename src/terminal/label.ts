import { resolve } from 'node:path';
import { shortId } from '../artifact-store/package-names.ts';
import type { Label, Registry } from '../artifact-store/registry.ts';
import { printable } from './format.ts';
import { printJson } from './json.ts';
import { localMinute } from './local-time.ts';
import { type StoreFlags, withRegistry } from './with-registry.ts';

export interface LabelFlags extends StoreFlags {
  json?: boolean | undefined;
}

/**
 * Gives a package a label and prints it.
 *
 * @throws ArchiveError `STATE_CONFLICT` when another package has the label; `USAGE` for an invalid label.
 */
export async function addLabelAndPrint(label: string, reference: string, flags: LabelFlags): Promise<void> {
  await changeAndPrint(reference, flags, (registry, id) => registry.addLabel(id, label));
}

/** Moves a label to another package and prints it. */
export async function moveLabelAndPrint(
  label: string,
  reference: string,
  flags: LabelFlags & { reason: string },
): Promise<void> {
  await changeAndPrint(reference, flags, (registry, id) => registry.moveLabel(id, label, flags.reason));
}

async function changeAndPrint(
  reference: string,
  flags: LabelFlags,
  change: (registry: Registry, packageId: string) => Promise<Label>,
): Promise<void> {
  const { findPackage } = await import('../infospace/find-package.ts');
  const changed = await withRegistry(flags, 'change', async (registry) => {
    const { id } = await findPackage(reference, registry, { root: flags.from, subject: flags.subject });
    return change(registry, id);
  });
  if (flags.json) printJson(labelJson(changed));
  else process.stdout.write(`${changed.label} is package ${changed.packageId} of ${printable(changed.subject)}\n`);
}

/** @throws ArchiveError `NOT_FOUND` for an unknown label. */
export async function removeLabelAndPrint(
  label: string,
  flags: LabelFlags & { reason?: string | undefined },
): Promise<void> {
  const { subjectAmong } = await import('../infospace/find-package.ts');
  const removed = await withRegistry(flags, 'change', async (registry) => {
    const subject = await subjectAmong({ root: resolve(flags.from), subject: flags.subject });
    const found = await registry.getLabel(subject, label);
    // Throws when there is no such label.
    await registry.removeLabel(subject, label, flags.reason);
    return found!;
  });
  if (flags.json) printJson(labelJson(removed));
  else process.stdout.write(`Removed the label ${label}\n`);
}

/** Prints the labels of the subject, or with `allSubjects` those of the whole store. */
export async function listLabelsAndPrint(flags: LabelFlags & { allSubjects?: boolean | undefined }): Promise<void> {
  const { subjectAmong } = await import('../infospace/find-package.ts');
  const { labels, gone } = await withRegistry(flags, 'read', async (registry) => {
    const among = { root: resolve(flags.from), subject: flags.subject };
    return {
      labels: await registry.listLabels(flags.allSubjects ? undefined : await subjectAmong(among)),
      gone: new Set((await registry.listTombstones()).map(({ id }) => id)),
    };
  });
  if (flags.json) printJson(labels.map((label) => ({ ...labelJson(label), disposed: gone.has(label.packageId) })));
  else if (labels.length === 0) process.stdout.write('No labels yet.\n');
  else process.stdout.write(await renderTable(labels, gone));
}

async function renderTable(labels: readonly Label[], gone: ReadonlySet<string>): Promise<string> {
  const { formatTable } = await import('./table.ts');
  const hasGone = labels.some(({ packageId }) => gone.has(packageId));
  const columns = ['LABEL', 'ID', 'SET', 'BY', 'SUBJECT', ...(hasGone ? ['STATE'] : [])];
  const rows = labels.map(({ label, packageId, setAt, actor, subject }) => [
    label,
    shortId(packageId),
    localMinute(setAt),
    actor,
    subject,
    ...(hasGone ? [gone.has(packageId) ? 'disposed' : ''] : []),
  ]);
  return formatTable(
    columns.map((title) => ({ title, flexible: title === 'SUBJECT' })),
    rows,
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
}

function labelJson({ label, subject, packageId, actor, setAt }: Label): object {
  return { label, subject, package_id: packageId, actor, set_at: setAt };
}
