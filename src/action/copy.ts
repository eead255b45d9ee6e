import { resolve } from 'node:path';
import { copyPackage } from '../infospace/copy.ts';
import { storeAt } from '../infospace/infospace-store.ts';
import { leftBehind } from '../terminal/copy.ts';
import { workspaceOf } from './archive-inputs.ts';
import { reportImported } from './imported.ts';
import { mask } from './masking.ts';
import { setOutputs } from './outputs.ts';
import { warn } from './report.ts';
import type { Step } from './step.ts';
import { readStoreInputs } from './store-inputs.ts';

/** Copies a package to another store. */
export async function copy({ inputs, env, signal }: Step): Promise<void> {
  const { root, store, reference, subject, actor, summary } = await readStoreInputs(inputs, env);
  const place = inputs.required('to-store', 'the folder of the other store, or a file of its variables');
  const { storeRoot, env: storeEnv } = store;
  // A URL is passed unchanged, so that the error quotes it.
  const toStore = place.includes('://') ? place : resolve(workspaceOf(env), place);
  mask(storeAt(toStore, { env: storeEnv }).secrets);
  const copied = await copyPackage(reference, {
    toStore,
    from: root,
    storeRoot,
    env: storeEnv,
    subject,
    actor,
    signal,
  });
  for (const warning of leftBehind(copied)) warn(warning);
  setOutputs({ store: copied.store });
  await reportImported(copied.package, 'Copied', { place: (shown = (path) => path) => shown(copied.store), summary });
}
