import { join } from 'node:path';
import { archiveInfospace, planArchive } from '../../src/index.ts';
import { contentOf, refusal, sampleInfospace, treeOf } from './fixtures.ts';

/**
 * Seen to fail without each pattern of `SECRET_NAMES` and `TELLING`, without the exceptions of `.env`, and with the check of
 * contents applied to names.
 */

// In pieces, so that secret scanners do not report this file.
const privateKey = (kind: string) =>
  `-----BEGIN ${kind}PRIVATE${' '}KEY-----\nMIIB\n-----END ${kind}PRIVATE${' '}KEY-----\n`;
const ghToken = `ghp${'_'}0123456789abcdef`;

const SECRET: Record<string, string> = {
  '.env': 'A=1',
  'app/.env.production': 'A=1',
  'app/.env.local': 'A=1',
  'ssh/id_rsa': 'x',
  'ssh/id_ed25519': 'x',
  '.netrc': 'machine',
  '.pgpass': 'x',
  '.git-credentials': 'x',
  '.htpasswd': 'x',
  '.aws/credentials': 'x',
  '.config/gcloud/application_default_credentials.json': '{}',
  'vault.kdbx': 'x',
  'putty.ppk': 'x',
  'cert.p12': 'x',
  'trust.jks': 'x',
  'server.key': privateKey('RSA '),
  'server.pem': `-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n${privateKey('')}`,
  'openssh.key': privateKey('OPENSSH '),
  'encrypted.p8': privateKey('ENCRYPTED '),
  'gpg.asc': '-----BEGIN PGP PRIVATE KEY BLOCK-----\n',
  deploy_rsa: privateKey('RSA '),
  '.git/config': `[remote "origin"]\n\turl = https://me:${ghToken}@github.com/a/b\n`,
  'token/.git/config': `[remote "origin"]\n\turl = https://${ghToken}@github.com/a/b\n`,
  'checkout/.git/config': '[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic eDp5\n',
  '.npmrc': '//registry.npmjs.org/:_authToken=npm_0123\n',
  '.pypirc': '[pypi]\nusername = a\npassword = b\n',
  '.docker/config.json': '{"auths":{"ghcr.io":{"auth":"eDp5"}}}',
  '.kube/config': 'users:\n- user:\n    token: abc\n',
  'service-account.json': `{"private_key": "${privateKey('').trim()}"}`,
};

const HARMLESS: Record<string, string> = {
  '.env.example': 'TOKEN=',
  '.env.sample': 'TOKEN=',
  'app/.env.template': 'TOKEN=',
  '.env.dist': 'TOKEN=',
  'empty/.env': '',
  'environment.md': '.env',
  'notes/my.env': 'A=1',
  'id_rsa.pub': 'ssh-rsa AAAA',
  'id_rsa.md': 'about keys',
  'certificate.pem': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  'public.key': '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n',
  'slides.key': 'PK\u0003\u0004',
  'signature.asc': '-----BEGIN PGP SIGNATURE-----\n',
  'keys.md': `How a key begins: ${privateKey('')}`,
  '.git/config': '[remote "origin"]\n\turl = https://github.com/a/b\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n',
  'ssh/.git/config': '[remote "origin"]\n\turl = git@github.com:a/b.git\n\turl = ssh://git@github.com:22/a/b\n',
  '.npmrc': `//registry.npmjs.org/:_authToken=\${NPM_TOKEN}\nsave-exact=true\n`,
  '.pypirc': '[pypi]\nusername = a\n',
  '.docker/config.json': '{"credsStore":"desktop"}',
  '.kube/config': 'clusters: []\n',
  'credentials.json': '{"type":"none"}',
};

const below = (tree: Record<string, string>) =>
  Object.fromEntries(Object.entries(tree).map(([path, content]) => [`output/${path}`, content]));

test.each(Object.entries(SECRET))('%s causes a warning with its name', async (path, content) => {
  const root = sampleInfospace(below({ [path]: content }));
  expect((await planArchive(root)).warnings).toEqual([expect.stringContaining(JSON.stringify(`output/${path}`))]);
});

test('files that only look similar do not', async () => {
  expect((await planArchive(sampleInfospace(below(HARMLESS)))).warnings).toEqual([]);
});

test('files with secrets are archived with a warning, refused on request, and excluded by patterns', async () => {
  const root = sampleInfospace({ 'output/.env': 'TOKEN=x', 'workflows/deploy_rsa': privateKey('') });
  const before = treeOf(root);
  const refused = refusal('SECRETS_REFUSED', '"output/.env"', '"workflows/deploy_rsa"', '--exclude');
  await expect(archiveInfospace(root, { refuseSecrets: true })).rejects.toEqual(refused);
  await expect(planArchive(root, { refuseSecrets: true })).rejects.toEqual(refused);
  expect(treeOf(root)).toEqual(before);
  const options = { refuseSecrets: true, exclude: ['.env', '*_rsa'] };
  expect(await archiveInfospace(root, options)).toMatchObject({ warnings: [], leftOut: { excluded: 2 } });
  const { record, warnings } = await archiveInfospace(root);
  expect(warnings).toEqual([expect.stringMatching(/"workflows\/deploy_rsa", "output\/\.env"; exclude them/)]);
  expect(record.file_count).toBe(Object.keys(contentOf(root)).filter((path) => !path.endsWith('/')).length + 1);
});

test('of very many, ten are listed', async () => {
  const many = Array.from({ length: 15 }, (_, i) => [`output/${String(i).padStart(2, '0')}/.env`, 'A=1'] as const);
  const [warning] = (await planArchive(sampleInfospace(Object.fromEntries(many)))).warnings;
  expect(warning).toContain('"output/09/.env" and 5 more;');
  expect(warning).not.toContain(join('output', '10'));
});
