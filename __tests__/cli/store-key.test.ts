import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { failure, run, runJson } from './fixtures.ts';

const KEYS = ['ARTIFACTSTORE_WRITER_KEY', 'ARTIFACTSTORE_IDENTITY_FILE'] as const;
afterEach(() => {
  for (const name of KEYS) delete process.env[name];
});

function withKeys(keys: Partial<Record<(typeof KEYS)[number], string>>): void {
  for (const name of KEYS) {
    if (keys[name] === undefined) delete process.env[name];
    else process.env[name] = keys[name];
  }
}

test('an encrypted store is created, written with the writer key, and read with the identity', async () => {
  const root = sampleInfospace();
  const folder = temporaryFolder();
  const identity = join(folder, 'identity.txt');
  const { stdout } = await run(['store', 'key', 'generate', identity]);
  const recipient = stdout.trim();
  expect(recipient).toMatch(/^age1pq1/);
  expect(statSync(identity).mode & 0o777).toBe(0o600);
  expect(readFileSync(identity, 'utf8')).toContain(`# recipient: ${recipient}\nAGE-SECRET-KEY-PQ-1`);
  expect(await run(['store', 'key', 'generate', identity])).toMatchObject({ code: 3 });

  expect(await run(['store', 'init', '--encrypt', '--from', root])).toEqual(failure(2, '--recipient'));
  expect(await run(['store', 'init', '--encrypt', '--recipient', recipient, '--from', root])).toMatchObject({
    code: 0,
  });
  expect(await run(['archive', root])).toEqual(failure(6, 'ARTIFACTSTORE_WRITER_KEY'));

  withKeys({ ARTIFACTSTORE_IDENTITY_FILE: identity });
  const writerKey = (await run(['store', 'key', 'writer', '--from', root])).stdout.trim();
  withKeys({ ARTIFACTSTORE_WRITER_KEY: writerKey });
  const archived = (await runJson(['archive', root, '--note', 'a note'])) as { package_id: string };
  expect(await run(['archive', root, '--note', `holds ${writerKey}`])).toEqual(failure(2, 'secret'));
  expect(await runJson(['archive', root, '--skip-unchanged'])).toMatchObject({ changed: false });
  expect(await run(['show', 'latest', '--from', root])).toEqual(failure(6, 'ARTIFACTSTORE_IDENTITY_FILE'));
  const target = join(folder, 'restored');
  expect(await run(['restore', 'latest', '--from', root, '--target', target])).toEqual(failure(6, 'identity'));

  withKeys({ ARTIFACTSTORE_IDENTITY_FILE: identity });
  expect(await run(['restore', 'latest', '--from', root, '--target', target])).toMatchObject({ code: 0 });
  expect(treeOf(target)).toEqual(contentOf(root));
  expect(await runJson(['store', 'key', 'check', '--from', root])).toEqual({
    recipients: [recipient],
    package_id: archived.package_id,
  });
  const listed = (await run(['store', 'key', 'list', '--from', root])).stdout;
  expect(listed).toMatch(new RegExp(`^${recipient}  [0-9a-f]{32}\n$`));

  const second = (await run(['store', 'key', 'generate', join(folder, 'second.txt')])).stdout.trim();
  const add = ['store', 'key', 'add', second, '--from', root, '--actor', 'ada'];
  expect(await runJson(add)).toMatchObject({ generation: 2, left: 0 });
  const { names, changes } = (await runJson(['store', 'key', 'list', '--from', root])) as {
    names: string[];
    changes: object[];
  };
  expect(names).toHaveLength(2);
  expect(listed).toContain(names.find((name) => listed.includes(name)));
  const added = names.filter((name) => !listed.includes(name));
  expect(changes).toMatchObject([{ generation: 2, actor: 'ada', added, removed: [], recipients: names }]);
  const audited = (await run(['audit', 'log', '--type', 'v1.store', '--from', root])).stdout;
  expect(audited).toContain(`by ada  added=["${added}"] removed=[] generation=2`);
  expect(await run(['store', 'key', 'remove', 'age1pq1', '--from', root])).toEqual(failure(2, 'several'));
  expect((await run(['store', 'key', 'remove', recipient, '--from', root])).stdout).toContain('can still read');
  expect(await run(['show', 'latest', '--from', root])).toEqual(failure(6, 'identity'));
  writeFileSync(identity, 'nothing\n');
  expect(await run(['show', 'latest', '--from', root])).toEqual(failure(2, 'ARTIFACTSTORE_IDENTITY'));
  withKeys({ ARTIFACTSTORE_IDENTITY_FILE: join(folder, 'second.txt') });
  expect(await run(['show', 'latest', '--from', root])).toMatchObject({ code: 0 });
});
