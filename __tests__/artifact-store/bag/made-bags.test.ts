import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkBag } from '../../../src/artifact-store/bag/check-bag.ts';
import { ArchiveError } from '../../../src/artifact-store/errors.ts';
import { newPackageOf } from '../../../src/infospace/package-of-bag.ts';
import { repository, temporaryFolder, writeTree } from '../../infospace/fixtures.ts';
import { MADE_BAGS } from './made-bags.ts';

/** `e2e/bagit` compares the recorded verdicts of bagit.py with its own. Other systems cannot have all of these names. */
const onLinux = process.platform === 'linux' ? test.each : test.skip.each;

async function isTaken(folder: string): Promise<boolean> {
  try {
    newPackageOf(await checkBag(folder), { source: 'bag', name: 'bag', tagmanifest_sha256: null }, {});
    return true;
  } catch (error) {
    if (error instanceof ArchiveError) return false;
    throw error;
  }
}

onLinux(MADE_BAGS)('$name: the verdict is the recorded one', async ({ bags, takers }) => {
  const place = temporaryFolder();
  const taken: Record<string, boolean> = {};
  for (const [version, tree] of bags) taken[version] = await isTaken(writeTree(join(place, version), tree));
  expect(taken).toEqual(Object.fromEntries(bags.map(([version]) => [version, takers.includes('this software')])));
});

test('every difference from bagit.py is documented', () => {
  const page = readFileSync(join(repository, 'docs/exchange-and-proof.md'), 'utf8').replaceAll('\n  ', ' ');
  const reasons = MADE_BAGS.flatMap(({ why }) => why ?? []);
  expect(reasons.filter((why) => !page.includes(why))).toEqual([]);
});
