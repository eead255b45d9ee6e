/**
 * Writes docs/cli.md from the commands, docs/api.md from the types, and the descriptions of options into the metadata of the
 * Action and the schemas of the Nx plugin. With `--check` it writes nothing, and fails when one of them is outdated.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './bundle.ts';
import { actionMetadata } from './documents/action-metadata.ts';
import { actionReference } from './documents/action-reference.ts';
import { apiReference } from './documents/api-reference.ts';
import { cliReference } from './documents/cli-reference.ts';
import { nxReference } from './documents/nx-reference.ts';
import { nxSchemas } from './documents/nx-schemas.ts';

const isCheck = process.argv.includes('--check');

const action = actionMetadata();
const nx = nxSchemas();
const documents = {
  'docs/cli.md': cliReference(),
  'docs/api.md': apiReference(),
  'docs/action-reference.md': actionReference(action),
  ...action,
  'docs/nx-reference.md': nxReference(nx),
  ...nx,
};

for (const [file, text] of Object.entries(documents)) {
  const path = join(repository, file);
  const wanted = `${text.trimEnd()}\n`;
  if (!isCheck) writeFileSync(path, wanted);
  else if (readOrNothing(path) !== wanted) {
    process.stderr.write(`${file} is not what the code says; run "npm run build:docs".\n`);
    process.exitCode = 1;
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
