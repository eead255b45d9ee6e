import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runStep } from '../../action/fixtures.ts';
import { contentOf, repository, sampleInfospace, temporaryFolder } from '../../infospace/fixtures.ts';

/** `dist/` alone in a folder that has no `node_modules` above it. */
function distAlone(): string {
  const folder = join(temporaryFolder(), 'dist');
  cpSync(join(repository, 'dist'), folder, { recursive: true });
  for (let above = dirname(folder); above !== dirname(above); above = dirname(above)) {
    expect(existsSync(join(above, 'node_modules'))).toBe(false);
  }
  return folder;
}

async function archiveAndRestore(dist: string): Promise<void> {
  const root = sampleInfospace();
  const workspace = dirname(root);
  const inputs = { root: 'space', 'workflow-artifact': 'never' };
  const archived = await runStep('archive', workspace, { main: join(dist, 'archive.cjs'), inputs });
  expect({ code: archived.code, errors: archived.errors }).toEqual({ code: 0, errors: [] });
  const restored = await runStep('restore', workspace, {
    main: join(dist, 'restore.cjs'),
    inputs: { root: 'space', target: 'back', 'package-id': archived.outputs['manifest_digest']! },
  });
  expect({ code: restored.code, errors: restored.errors }).toEqual({ code: 0, errors: [] });
  expect(contentOf(join(workspace, 'back'))).toEqual(contentOf(root));
  expect(restored.outputs['content_digest']).toBe(archived.outputs['content_digest']);
  for (const verb of ['list', 'verify'] as const) {
    const { code } = await runStep(verb, workspace, { main: join(dist, `${verb}.cjs`), inputs: { root: 'space' } });
    expect(code).toBe(0);
  }
}

test('dist/ alone archives, restores, lists and verifies', async () => {
  await archiveAndRestore(distAlone());
});

test('dist/ also works where no BLAKE3 addon fits', async () => {
  const dist = distAlone();
  for (const name of readdirSync(join(dist, 'node_modules/@napi-rs'))) {
    rmSync(join(dist, 'node_modules/@napi-rs', name), { recursive: true });
  }
  await archiveAndRestore(dist);
});

test('an archive into an embedded store loads no code for workflow artifacts, S3 or PostgreSQL', async () => {
  const dist = distAlone();
  for (const code of ['class DefaultArtifactClient', 'class S3Client', 'class Connection extends ']) {
    const chunks = readdirSync(dist).filter((file) => file.endsWith('.index.js'));
    const holding = chunks.filter((file) => readFileSync(join(dist, file), 'utf8').includes(code));
    expect(holding).not.toEqual([]);
    for (const file of holding) rmSync(join(dist, file));
  }
  await archiveAndRestore(dist);
});

test('an old Node.js gets a message with the required version', () => {
  const script = `Object.defineProperty(process.versions, 'node', { value: '20.11.0' });
    require(${JSON.stringify(join(distAlone(), 'archive.cjs'))});`;
  const run = () => execFileSync(process.execPath, ['--eval', script], { encoding: 'utf8' });
  expect(run).toThrow(
    expect.objectContaining({ stdout: expect.stringContaining('::error::infospace-archive needs Node.js >= 22.15') }),
  );
});

test('two first steps at once unpack the binaries completely', async () => {
  const dist = distAlone();
  for (const name of readdirSync(join(dist, 'binaries'))) {
    if (name.endsWith('.unpacked')) rmSync(join(dist, 'binaries', name));
  }
  rmSync(join(dist, 'node_modules/better-sqlite3/prebuilds'), { recursive: true, force: true });
  await Promise.all([archiveAndRestore(dist), archiveAndRestore(dist)]);
  const [unpacked] = readdirSync(join(dist, 'node_modules/better-sqlite3/prebuilds')).sort();
  expect(unpacked).toMatch(new RegExp(`^${process.platform}.*\\.node$`));
});

test('a folder that is not writable fails the step with a sentence', () => {
  const dist = distAlone();
  rmSync(join(dist, 'node_modules/better-sqlite3'), { recursive: true });
  for (const name of readdirSync(join(dist, 'binaries'))) {
    if (name.endsWith('.unpacked')) rmSync(join(dist, 'binaries', name));
  }
  writeFileSync(join(dist, 'node_modules/better-sqlite3'), '');
  const run = () => execFileSync(process.execPath, [join(dist, 'archive.cjs')], { encoding: 'utf8' });
  expect(run).toThrow(
    expect.objectContaining({
      stdout: expect.stringMatching(/^::error::The files of infospace-archive cannot be unpacked in /),
    }),
  );
});
