import { appendFileSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { type Outputs, setOutputs } from '../../src/action/outputs.ts';
import { archiveInfospace } from '../../src/index.ts';
import { indexFile, repository, sampleInfospace, temporaryFolder } from '../infospace/fixtures.ts';
import { runStep } from './fixtures.ts';

/** Values that the workflow itself gives. */
const CHOSEN = ['file', 'index_path', 'manifest_path', 'store', 'target', 'to'];
const ARTIFACT = ['workflow_artifact_name', 'workflow_artifact_url'];

const declared = globSync('{action.yml,*/action.yml}', { cwd: repository })
  .flatMap((file) => Object.keys(parse(readFileSync(join(repository, file), 'utf8')).outputs as object))
  .filter((name) => !name.includes('-'));

/** Seen to fail: any text was set as any output. */
test.each([...new Set(declared)].sort().filter((name) => ![...CHOSEN, ...ARTIFACT].includes(name)))(
  'the output %s accepts no other values',
  (name) => {
    const file = join(temporaryFolder(), 'outputs');
    writeFileSync(file, '');
    process.env['GITHUB_OUTPUT'] = file;
    for (const value of ['x"; touch x; "', '::stop-commands::x', '<b>', 'a\nb', '\u202e', -1, 0.5]) {
      expect(() => setOutputs({ [name]: value } as Outputs)).toThrow(`The output "${name}" has the invalid value`);
    }
    expect(readFileSync(file, 'utf8')).toBe('');
  },
);

test('a record with an invalid id or date is left out of the outputs', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const fields = [
    { package_id: '0b9d2f1e-33c4-4d0a-9a57-000102030405' },
    { created_at: '2026-02-30T12:00:00.000Z' },
    { file_count: 0.5 },
    { total_bytes: '1' },
    { manifest_digest: 'blake3:00' },
  ];
  for (const field of fields) {
    const own = { ...record, package_id: '01890a5d-ac96-774b-bcce-b302099a8057', ...field };
    appendFileSync(indexFile(root), `- ${JSON.stringify(own)}\n`);
  }
  const { outputs } = await runStep('list', dirname(root), { inputs: { root: 'space' } });
  expect(outputs).toMatchObject({ count: '1', package_id: record.package_id });
});
