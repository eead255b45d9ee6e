import { relative, resolve } from 'node:path';
import { exportPackage } from '../infospace/export.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { workspaceOf } from './archive-inputs.ts';
import { about } from './inputs.ts';
import { setOutputs } from './outputs.ts';
import { say } from './report.ts';
import type { Step } from './step.ts';
import { readStoreInputs, withStore } from './store-inputs.ts';
import { code, table, writeSummary } from './summary.ts';

/** Writes a package as a BagIt bag. */
export async function exportBag({ inputs, env, signal }: Step): Promise<void> {
  const asked = await readStoreInputs(inputs, env);
  const { root: from, subject, reference } = asked;
  const to = resolve(workspaceOf(env), inputs.required('to', 'a folder, or a file that ends with .tar.zst'));
  const found = await withStore(asked, 'read', signal, (registry) =>
    about('to', () => exportPackage(reference, { to, from, subject, registry, signal }), 'TARGET_REFUSED'),
  );
  const what = `${formatCount(found.fileCount, 'entry', 'entries')}, ${formatBytes(found.totalBytes)}`;
  say(`Exported ${found.subject} (${found.id}) to ${to}: ${what}, all checked.`);
  setOutputs({
    package_id: found.id,
    manifest_digest: found.manifestDigest,
    content_digest: found.contentDigest,
    to,
    file_count: found.fileCount,
    total_bytes: found.totalBytes,
  });
  if (!asked.summary) return;
  await writeSummary([
    `### Exported ${code(found.subject)}`,
    table([
      ['Package', code(found.id)],
      ['Bag', code(relative(workspaceOf(env), to) || '.')],
      ['Holds', `${what}, all checked`],
      ['Manifest', code(found.manifestDigest)],
    ]),
  ]);
}
