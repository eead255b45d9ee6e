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

/** Parts that take about as long each, to run side by side. */
const PARTS = {
  packages: [describePackages, describeFailures, describeRetention, describeSecrets, describeLayers],
  trust: [describeEvents, describeDamage, describeForgery],
  imports: [describeImports, describeNames, describeChunks],
  commits: [describeCommits, describeWriters],
};
type Part = keyof typeof PARTS;

/**
 * What a registry does, wherever its database and its bytes are; all of it by default. A new kind of store calls this.
 *
 * @param inTheClear runs what looks into the store for what an encrypted one seals, or has otherwise.
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
