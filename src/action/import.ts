import { resolve } from 'node:path';
import { importBag as importIntoStore } from '../infospace/import.ts';
import { workspaceOf } from './archive-inputs.ts';
import { reportImported } from './imported.ts';
import type { Step } from './step.ts';
import { placeText } from './store-input.ts';
import { readStoreInputs } from './store-inputs.ts';

/** Imports a BagIt bag into the store. It is recorded in an index if one is named, or if the store is embedded. */
export async function importBag({ inputs, env, signal }: Step): Promise<void> {
  const asked = await readStoreInputs(inputs, env);
  const { root, store, actor, summary } = asked;
  const bag = resolve(workspaceOf(env), inputs.required('bag', 'a folder or a tar archive'));
  const isIndexed = store.kind === 'embedded' || inputs.text('root') !== undefined;
  const { package: made } = await importIntoStore(bag, {
    ...(isIndexed && { from: root }),
    storeRoot: store.storeRoot,
    env: store.env,
    // A job's embedded store is always new.
    newStore: store.kind === 'embedded' || inputs.flag('new-store', false),
    subject: inputs.text('subject'),
    producer: inputs.text('producer'),
    retentionClass: inputs.text('retention-class'),
    note: inputs.text('note'),
    actor,
    signal,
  });
  await reportImported(made, 'Imported', { place: (shown) => placeText(store, shown), summary });
}
