import type { MakeStore } from './registry/bench.ts';
import { describeChunks } from './registry/chunks.ts';
import { describeCommits } from './registry/commits.ts';
import { describeDamage } from './registry/damage.ts';
import { describeEvents } from './registry/events.ts';
import { describeFailures } from './registry/failures.ts';
import { describeForgery } from './registry/forgery.ts';
import { describeImports } from './registry/imports.ts';
import { describeLayers } from './registry/layers.ts';
import { describeNames } from './registry/names.ts';
import { describePackages } from './registry/packages.ts';
import { describeRetention } from './registry/retention.ts';
import { describeSecrets } from './registry/secrets.ts';
import { describeWriters } from './registry/writers.ts';

/** Parts that take about the same time, to run in parallel. */
const PARTS = {
  packages: [describePackages, describeFailures, describeRetention, describeSecrets, describeLayers],
  trust: [describeEvents, describeDamage],
  forgery: [describeForgery],
  imports: [describeImports, describeNames, describeChunks],
  commits: [describeCommits, describeWriters],
};
type Part = keyof typeof PARTS;

/**
 * The duties of a registry with any database and storage; the whole suite by default. The test of a new kind of store calls this.
 *
 * @param inTheClear runs tests that read bytes which an encrypted store seals, or has in another form.
 */
export function describeRegistry(
  name: string,
  makeStore: MakeStore,
  parts: readonly Part[] = Object.keys(PARTS) as Part[],
  inTheClear: jest.It = test,
): void {
  describe(`the registry of ${name}`, () => {
    for (const describePart of parts.flatMap((part) => PARTS[part])) describePart(makeStore, inTheClear);
  });
}
