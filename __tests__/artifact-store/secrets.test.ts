import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { secretValues } from '../../src/artifact-store/secrets.ts';
import { temporaryFolder } from '../infospace/fixtures.ts';

test('a password is a secret, and its URL too, both encoded and decoded', () => {
  const url = 'postgresql://archive:p%40ss%2Fword@db.example/registry';
  expect(secretValues({ ARTIFACTSTORE_DATABASE_URL: url })).toEqual([url, 'p%40ss%2Fword', 'p@ss/word']);
});

test.each([
  ['postgresql+asyncpg://u:top:secret@h/d', 'top:secret'],
  ['postgresql://u:top@secret@h/d', 'top@secret'],
  ['postgresql://u:to%p@h/d', 'to%p'],
  ['postgresql://h/d?user=u&password=in-the-query', 'in-the-query'],
])('the password of %s is found, even in a URL that no store can use', (url, password) => {
  expect(secretValues({ ARTIFACTSTORE_DATABASE_URL: url })).toContain(password);
});

test('URLs without a password contain none', () => {
  expect(secretValues({ ARTIFACTSTORE_DATABASE_URL: 'sqlite:////srv/a@b:c' })).toEqual([]);
  expect(secretValues({ ARTIFACTSTORE_S3_ENDPOINT_URL: 'https://s3.example:9000' })).toEqual([]);
});

test('keys are secrets, also those in mounted files and those of AWS', () => {
  const file = join(temporaryFolder(), 'key');
  writeFileSync(file, 'from-a-file\n');
  const env = {
    ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'no-secret',
    ARTIFACTSTORE_S3_SECRET_ACCESS_KEY_FILE: file,
    ARTIFACTSTORE_S3_SESSION_TOKEN_FILE: `${file}.not`,
    AWS_SESSION_TOKEN: 'of-a-role',
    ARTIFACTSTORE_S3_BUCKET: 'no-secret',
  };
  expect(secretValues(env)).toEqual(['from-a-file', 'of-a-role']);
});
