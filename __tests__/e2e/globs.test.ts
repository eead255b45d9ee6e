import { differencesFromGit } from '../infospace/git-globs.ts';

test.each([1, 2, 3, 4])('thousands of random patterns match like those of git, with the seed %i', (seed) => {
  const { differences, matches } = differencesFromGit(seed, 1000);
  expect(differences).toEqual([]);
  expect(matches).toBeGreaterThan(10_000);
});
