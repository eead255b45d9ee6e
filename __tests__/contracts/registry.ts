import type { MakeStore } from './registry/bench.ts';
import { describeDamage } from './registry/damage.ts';
import { describeEvents } from './registry/events.ts';
import { describeFailures } from './registry/failures.ts';
import { describeForgery } from './registry/forgery.ts';
import { describeLayers } from './registry/layers.ts';
import { describePackages } from './registry/packages.ts';
import { describeRetention } from './registry/retention.ts';
import { describeSecrets } from './registry/secrets.ts';
import { describeWriters } from './registry/writers.ts';

/** What a registry does, wherever its database and its bytes are. A new kind of store calls this. */
export function describeRegistry(name: string, makeStore: MakeStore): void {
  describe(`the registry of ${name}`, () => {
    describePackages(makeStore);
    describeFailures(makeStore);
    describeRetention(makeStore);
    describeSecrets(makeStore);
    describeEvents(makeStore);
    describeDamage(makeStore);
    describeForgery(makeStore);
    describeLayers(makeStore);
    describeWriters(makeStore);
  });
}
