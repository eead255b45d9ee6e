import { resolve } from 'node:path';
import { copyPackage } from '../infospace/copy.ts';
import { formatCount } from '../terminal/format.ts';
import { workspaceOf } from './archive-inputs.ts';
import { reportImported } from './imported.ts';
import { setOutputs } from './outputs.ts';
import { warn } from './report.ts';
import type { Step } from './step.ts';
import { readStoreInputs } from './store-inputs.ts';

/** Copies a package to another store. */
export async function copy({ inputs, env, signal }: Step): Promise<void> {
  const { root, store, reference, subject, actor, summary } = await readStoreInputs(inputs, env);
  const place = inputs.required('to-store', 'the folder of the other store, or a file of its variables');
  const { storeRoot, env: storeEnv } = store;
  const copied = await copyPackage(reference, {
    // A URL is refused as it stands.
    toStore: place.includes('://') ? place : resolve(workspaceOf(env), place),
    from: root,
    storeRoot,
    env: storeEnv,
    subject,
    actor,
    signal,
  });
  const { holds, labels, amendedNote } = copied;
  if (holds.length > 0) warn(`${formatCount(holds.length, 'hold')} on the package stay behind; apply them there too.`);
  if (labels.length > 0) warn(`${formatCount(labels.length, 'label')} of the package stay behind; add them there too.`);
  if (amendedNote !== undefined) warn('The note was amended; the copy has the first one.');
  setOutputs({ store: copied.store });
  await reportImported(copied.package, 'Copied', { place: copied.store, summary });
}
