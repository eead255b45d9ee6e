import { execFileSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { checkBag } from '../../../src/artifact-store/bag/check-bag.ts';
import { repository, temporaryFolder } from '../../infospace/fixtures.ts';

/**
 * The verdicts of https://github.com/LibraryOfCongress/bagit-conformance-suite (public domain, CC0), at commit 9ab4870: bags are
 * valid, worth a warning, or invalid, some of them only on one system.
 */
const suite = temporaryFolder();
execFileSync('tar', ['-xzf', join(repository, '__tests__/golden/bagit-conformance-suite.tar.gz'), '-C', suite]);
const bags = globSync('v*/*/*', { cwd: suite })
  .filter((path) => statSync(join(suite, path)).isDirectory())
  .sort();

/** Valid bags that cannot be imported, and those whose files no checkout on Linux has. */
const NOT_TAKEN: Readonly<Record<string, string>> = {
  'duplicate-file-with-different-case': 'data/HELLO.txt',
  'special-system-files': 'data/.DS_Store',
};
/** On other systems, bags that are only invalid on Windows name files that they lack. */
const isValid = (bag: string) => ['valid', 'warning'].includes(basename(dirname(bag)));

test.each(bags.filter((bag) => isValid(bag) && !(basename(bag) in NOT_TAKEN)))('%s is accepted', async (bag) => {
  const { files } = await checkBag(join(suite, bag));
  expect(files.length).toBeGreaterThan(0);
});

test.each(bags.filter((bag) => basename(bag) in NOT_TAKEN))('%s is refused for what it lacks', async (bag) => {
  await expect(checkBag(join(suite, bag))).rejects.toMatchObject({
    message: expect.stringContaining(NOT_TAKEN[basename(bag)]!),
  });
});

test.each(bags.filter((bag) => !isValid(bag)))('%s is refused', async (bag) => {
  const code = existsSync(join(suite, bag, 'bagit.txt')) ? /^(?:INTEGRITY|FORMAT_UNSUPPORTED)$/ : /^INTEGRITY$/;
  await expect(checkBag(join(suite, bag))).rejects.toMatchObject({ code: expect.stringMatching(code) });
});

test('the suite is complete', () => {
  expect(bags).toHaveLength(60);
});
