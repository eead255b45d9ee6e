import { runProcess } from '../cli/fixtures.ts';
import { sampleInfospace, treeOf } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { httpProxy, type Refusal } from './faulty-proxy.ts';
import { s3Servers } from './servers.ts';

const minio = s3Servers.find(({ name }) => name === 'MinIO');
const describeMinio = minio ? describe : describe.skip;

/** Errors of MinIO and AWS for wrong settings; those of versitygw are in misconfigured.test.ts. */
describeMinio('a store on MinIO', () => {
  async function archiveWith(change: Record<string, string>, fault?: Refusal) {
    const env = await newSharedStore(minio!.url);
    await runProcess(['store', 'init'], env);
    const root = sampleInfospace();
    const before = treeOf(root);
    const proxy = await httpProxy(minio!.url, () => fault ?? 'pass');
    try {
      const result = await runProcess(['archive', root], {
        ...env,
        ...(fault && { ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url }),
        ...change,
      });
      expect(treeOf(root)).toEqual(before);
      return result;
    } finally {
      await proxy.close();
    }
  }

  test.each<[what: string, change: Record<string, string>, message: string]>([
    ['encryption without keys', { ARTIFACTSTORE_S3_SSE: 'aws:kms' }, 'ARTIFACTSTORE_S3_SSE'],
    ['encryption of no known kind', { ARTIFACTSTORE_S3_SSE: 'rot13' }, 'ARTIFACTSTORE_S3_SSE'],
    ['an unknown storage class', { ARTIFACTSTORE_S3_STORAGE_CLASS: 'ATTIC' }, 'ARTIFACTSTORE_S3_STORAGE_CLASS'],
    ['an invalid session token', { ARTIFACTSTORE_S3_SESSION_TOKEN: 'abc' }, 'ARTIFACTSTORE_S3_SESSION_TOKEN'],
    ['an invalid prefix', { ARTIFACTSTORE_S3_KEY_PREFIX: 'a/../b' }, 'ARTIFACTSTORE_S3_KEY_PREFIX'],
    ['a prefix that is too long', { ARTIFACTSTORE_S3_KEY_PREFIX: 'a/'.repeat(600) }, 'ARTIFACTSTORE_S3_KEY_PREFIX'],
    [
      'the bucket in the name of the host',
      { ARTIFACTSTORE_S3_FORCE_PATH_STYLE: 'false', ARTIFACTSTORE_S3_ENDPOINT_URL: 'http://nowhere.invalid' },
      'ARTIFACTSTORE_S3_FORCE_PATH_STYLE=true',
    ],
  ])('is refused in one line that names the variable: %s', async (_, change, message) => {
    const { code, stderr } = await archiveWith(change);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^error: .+[.]\n$/) });
    expect(stderr).toContain(message);
  });

  test('without access reports the prefix, and the encryption where keys are needed', async () => {
    const { stderr } = await archiveWith({ ARTIFACTSTORE_S3_SSE: 'aws:kms' }, 'denied');
    expect(stderr).toMatch(/^error: .*permission is denied.*"archive" \(ARTIFACTSTORE_S3_KEY_PREFIX\).*_S3_SSE.*\n$/);
  });

  test('with an unknown access key of a session asks for its token', async () => {
    const { stderr } = await archiveWith({ ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE' });
    expect(stderr).toMatch(/^error: .*set its ARTIFACTSTORE_S3_SESSION_TOKEN.*\n$/);
  });
});
