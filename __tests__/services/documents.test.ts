import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { blocksOf } from '../documents/markdown.ts';
import { execute } from '../e2e/fixtures.ts';
import { cliFile, sampleInfospace, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { postgresUrl, s3Urls } from './servers.ts';

/**
 * Runs the commands in docs/stores.md, with the servers of these tests in place of those of the examples. Seen to fail
 * when a variable or a command has another name.
 */

const [s3Url = ''] = s3Urls;
const withS3 = s3Urls.length > 0 ? test : test.skip;
const blocks = blocksOf('docs/stores.md').filter(({ needs }) => needs === 'servers');

withS3('the shell commands in docs/stores.md work', async () => {
  const guide = sampleInfospace({}, 'guide');
  const shim = { 'infospace-archive': { script: `#!/bin/sh\nexec node ${cliFile} "$@"\n` } };
  const bin = writeTree(temporaryFolder(), shim);
  const store = await newSharedStore(s3Url);
  const secret = join(bin, 'secret');
  writeFileSync(secret, store['ARTIFACTSTORE_S3_SECRET_ACCESS_KEY']!);
  const real: Record<string, string> = { ...store, ARTIFACTSTORE_S3_SECRET_ACCESS_KEY_FILE: secret };
  const shells = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
  // Settings that an example leaves out because AWS needs none.
  const others = ['ENDPOINT_URL', 'FORCE_PATH_STYLE', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY_FILE', 'KEY_PREFIX'];
  const exports = others.map((name) => `export ARTIFACTSTORE_S3_${name}=${real[`ARTIFACTSTORE_S3_${name}`]}`);
  const script = shells
    .join('\n')
    .replaceAll(/^export (ARTIFACTSTORE_\w+)=\S+/gm, (line, name: string) =>
      real[name] === undefined ? line : `export ${name}="${real[name]}"`,
    );
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, XDG_CACHE_HOME: temporaryFolder() };
  const output = await execute('bash', ['-ec', [...exports, script].join('\n')], { cwd: join(guide, '..'), env });
  expect(shells.length).toBeGreaterThan(1);
  expect(output).toContain('Archived guide');
});

test('its statements to PostgreSQL work', async () => {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    const statements = blocks.filter(({ language }) => language === 'sql').map(({ text }) => text);
    expect(statements).toHaveLength(1);
    // Together they would be a transaction, in which no database can be created.
    for (const statement of statements[0]!.split('\n')) await client.query(statement);
  } finally {
    await client.query('drop database if exists archive');
    await client.query('drop role if exists archive');
    await client.end();
  }
});
