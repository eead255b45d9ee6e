import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRegistry } from '../../src/index.ts';
import { runProcess } from '../cli/fixtures.ts';
import { filesIn, leaks, runTour } from '../contracts/secret-values.ts';
import { sampleInfospace, temporaryFolder } from '../infospace/fixtures.ts';

/**
 * Recognizable values wherever a secret can be configured. None of them may occur in anything written or printed.
 *
 * Seen to fail with `process.env` in the provenance, with a value in the index, and with the URL in each of the two errors
 * about it.
 */

const PASSWORD = 'pw-4f1c-of-database';
const IN_FILE = 'key-77aa-in-a-file';
const SECRETS = {
  AWS_SECRET_ACCESS_KEY: 'aws-0b9e-secret-key',
  AWS_SESSION_TOKEN: 'aws-31d2-session-token',
};
const S3 = {
  ARTIFACTSTORE_STORAGE_BACKEND: 's3',
  ARTIFACTSTORE_S3_BUCKET: 'bucket',
  ARTIFACTSTORE_S3_ENDPOINT_URL: `http://user:pw-8c8c-of-endpoint@127.0.0.1:9`,
  ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  ARTIFACTSTORE_S3_SESSION_TOKEN: 's3-5d5d-session-token',
};
const VALUES = [PASSWORD, IN_FILE, ...Object.values(SECRETS), 'pw-8c8c-of-endpoint', 's3-5d5d-session-token'];

function withKeyFile(): Record<string, string> {
  const file = join(temporaryFolder(), 'key');
  writeFileSync(file, `${IN_FILE}\n`);
  return { ...S3, ARTIFACTSTORE_S3_SECRET_ACCESS_KEY_FILE: file };
}

test('no secret is in a store, an index, a self-contained file, an event or any output', async () => {
  const root = sampleInfospace();
  const folder = temporaryFolder();
  const env = {
    ...SECRETS,
    ARTIFACTSTORE_DATABASE_URL: `sqlite:///${join(folder, 'registry.sqlite3')}`,
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: join(folder, 'storage'),
  };
  const printed = await runTour(root, env);
  const registry = await openRegistry(root, { env }, 'read');
  for (const { id } of await registry.listPackages())
    await registry.exportPackage(id, { file: join(folder, `${id}.bag`) });
  await registry.close();
  expect(leaks(VALUES, [['what was printed', Buffer.from(printed)], ...filesIn(root), ...filesIn(folder)])).toEqual([]);
  expect(printed).toContain('a reason');
});

test.each<[what: string, env: () => Record<string, string>]>([
  [
    'a missing database',
    () => ({ ...withKeyFile(), ARTIFACTSTORE_DATABASE_URL: `postgresql://me:${PASSWORD}@127.0.0.1:9/registry` }),
  ],
  [
    'a database URL that cannot be parsed',
    () => ({ ...withKeyFile(), ARTIFACTSTORE_DATABASE_URL: `postgresql://me:${PASSWORD}%@127.0.0.1:9/%` }),
  ],
  [
    'a database URL of another kind',
    () => ({ ...withKeyFile(), ARTIFACTSTORE_DATABASE_URL: `mysql://me:${PASSWORD}@127.0.0.1:9/registry` }),
  ],
  [
    'a missing storage',
    () => ({ ...withKeyFile(), ARTIFACTSTORE_DATABASE_URL: `sqlite:///${join(temporaryFolder(), 'registry')}` }),
  ],
  [
    'a key that is given twice',
    () => ({
      ...withKeyFile(),
      ARTIFACTSTORE_DATABASE_URL: 'sqlite:////tmp/x',
      ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: IN_FILE,
    }),
  ],
])(
  'no secret is in the message about %s',
  async (_, env) => {
    const root = sampleInfospace();
    for (const args of [
      ['store', 'check'],
      ['archive', root],
      ['store', 'rebuild'],
    ]) {
      const { code, stdout, stderr } = await runProcess(
        args,
        { ...SECRETS, ...env(), ARTIFACTSTORE_LOG_LEVEL: 'DEBUG' },
        root,
      );
      expect([args, code]).not.toEqual([args, 0]);
      expect(leaks(VALUES, [[args.join(' '), Buffer.from(stdout + stderr)], ...filesIn(root)])).toEqual([]);
    }
    // A database that does not answer is retried for a while.
  },
  180_000,
);
