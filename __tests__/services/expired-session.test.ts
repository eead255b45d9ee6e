import { runProcess } from '../cli/fixtures.ts';
import { noise, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { httpProxy } from './faulty-proxy.ts';
import { s3Servers } from './servers.ts';

const [server] = s3Servers;
const withS3 = server ? test : test.skip;

withS3.each(['packs', 'objects', 'manifests', 'log'])(
  'a session that expires while %s are written is reported as such, and nothing is archived',
  async (prefix) => {
    const env = await newSharedStore(server!.url);
    await runProcess(['store', 'init'], env);
    const root = sampleInfospace({ 'output/large.bin': noise(18 * 1024 * 1024) });
    const before = treeOf(root);
    let expired = false;
    const proxy = await httpProxy(server!.url, ({ method, url }) => {
      expired ||= method === 'PUT' && url!.includes(`/${prefix}/`);
      return expired ? 'expired token' : 'pass';
    });
    try {
      const { code, stderr } = await runProcess(['archive', root], {
        ...env,
        ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url,
      });
      const message = /^error: .*the session has expired; renew ARTIFACTSTORE_S3_SESSION_TOKEN.*\n$/;
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
    } finally {
      await proxy.close();
    }
    expect(treeOf(root)).toEqual(before);
    expect((await runProcess(['archive', root, '--quiet'], env)).code).toBe(0);
    expect((await runProcess(['verify', '--all', '--from', temporaryFolder()], env)).code).toBe(0);
  },
  60_000,
);
