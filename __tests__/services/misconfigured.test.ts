import { runProcess } from '../cli/fixtures.ts';
import { sampleInfospace, treeOf } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { postgresUrl, s3Urls } from './servers.ts';

const withS3 = s3Urls.length > 0 ? describe : describe.skip;
const [s3Url = ''] = s3Urls;

const DATABASE = 'ARTIFACTSTORE_DATABASE_URL';
const PASSWORD = 'hunter2-hunter2';
const server = () => new URL(postgresUrl).host;

withS3('a shared store with wrong settings', () => {
  test.each<[what: string, change: () => Record<string, string>, message: string]>([
    ['no such bucket', () => ({ ARTIFACTSTORE_S3_BUCKET: 'not-there' }), 'ARTIFACTSTORE_S3_BUCKET'],
    ['no bucket', () => ({ ARTIFACTSTORE_S3_BUCKET: '' }), 'ARTIFACTSTORE_S3_BUCKET'],
    ['a wrong access key', () => ({ ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'AKIDWRONG' }), 'ARTIFACTSTORE_S3_ACCESS_KEY_ID'],
    [
      'a wrong secret key',
      () => ({ ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: PASSWORD }),
      'ARTIFACTSTORE_S3_SECRET_ACCESS_KEY',
    ],
    ['half a pair', () => ({ ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: '' }), 'ARTIFACTSTORE_S3_SECRET_ACCESS_KEY'],
    ['a wrong region', () => ({ ARTIFACTSTORE_S3_REGION: 'eu-nowhere-1' }), 'ARTIFACTSTORE_S3_REGION'],
    [
      'https for http',
      () => ({ ARTIFACTSTORE_S3_ENDPOINT_URL: s3Url.replace('http:', 'https:') }),
      'ARTIFACTSTORE_S3_ENDPOINT_URL',
    ],
    [
      'an unknown host',
      () => ({ ARTIFACTSTORE_S3_ENDPOINT_URL: 'http://nowhere.invalid' }),
      'ARTIFACTSTORE_S3_ENDPOINT_URL',
    ],
    ['no database', () => ({ [DATABASE]: `postgresql://postgres:${PASSWORD}@${server()}/not_there` }), DATABASE],
    ['an unknown role', () => ({ [DATABASE]: `postgresql://nobody:${PASSWORD}@${server()}/postgres` }), DATABASE],
    ['TLS the server lacks', () => ({ [DATABASE]: `${postgresUrl}?sslmode=require` }), DATABASE],
    ['an invalid schema name', () => ({ [DATABASE]: `${postgresUrl}?schema=a-b` }), DATABASE],
    ['an unknown variable', () => ({ ARTIFACTSTORE_S3_BUCKETS: 'x' }), 'ARTIFACTSTORE_S3_BUCKETS'],
  ])('(%s) is refused in one line that names the variable, without a secret', async (_, change, message) => {
    const env = await newSharedStore(s3Url);
    await runProcess(['store', 'init'], env);
    const root = sampleInfospace();
    const before = treeOf(root);
    const { code, stdout, stderr } = await runProcess(['archive', root], { ...env, ...change() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: .+[.]\n$/);
    expect(stderr).toContain(message);
    for (const secret of [PASSWORD, env['ARTIFACTSTORE_S3_SECRET_ACCESS_KEY']!]) expect(stderr).not.toContain(secret);
    expect(treeOf(root)).toEqual(before);
  });
});
