import type { Hold, Registry } from '../artifact-store/registry.ts';
import { findPackageOrTombstone } from '../infospace/find-package.ts';
import { parseTime } from '../infospace/parse-time.ts';
import { formatCount } from '../terminal/format.ts';
import { holdJson, holdState, noHolds } from '../terminal/hold.ts';
import { about, type Inputs, invalidInput } from './inputs.ts';
import { jsonText, setOutputs } from './outputs.ts';
import { say } from './report.ts';
import type { Step } from './step.ts';
import { findNamed, readStoreInputs, type StoreInputs, withStore } from './store-inputs.ts';
import { code, table, writeSummary } from './summary.ts';

/** Applies, releases or lists holds, depending on the input `command`. */
export async function hold({ inputs, env, signal }: Step): Promise<void> {
  const asked = await readStoreInputs(inputs, env);
  const act = await readCommand(inputs, asked);
  const holds = await withStore(asked, act.access, signal, act.run);
  for (const found of holds) say(`Hold ${found.id} on ${found.packageId}: ${found.reason} (${holdState(found)})`);
  if (holds.length === 0) say(noHolds(inputs.flag('all', false)));
  const only = holds.length === 1 ? holds[0] : undefined;
  setOutputs({
    hold_id: only?.id,
    package_id: only?.packageId,
    until: only?.until,
    count: holds.length,
    holds: jsonText(holds.map(holdJson)),
  });
  if (!asked.summary) return;
  await writeSummary([
    `### ${formatCount(holds.length, 'hold')}`,
    holds.length === 0 ? '' : table(holds.map((found) => [holdState(found), textOf(found)])),
  ]);
}

function textOf({ id, packageId, reason, until }: Hold): string {
  return `${code(id)} on ${code(packageId)}: ${code(reason)}${until === null ? '' : `, until ${until.slice(0, 10)}`}`;
}

interface HoldCommand {
  access: 'read' | 'change';
  run(registry: Registry): Promise<Hold[]>;
}

/** @throws ArchiveError naming the missing or invalid input. */
async function readCommand(inputs: Inputs, asked: StoreInputs): Promise<HoldCommand> {
  const command = inputs.choice('command', ['apply', 'release', 'list'], 'apply');
  if (command === 'list') {
    const packageNamed = inputs.text('package-id') !== undefined;
    const all = inputs.flag('all', false);
    const run = async (registry: Registry) => {
      // Holds of a disposed package can still be listed.
      const id = packageNamed ? (await findPackageOrTombstone(asked.reference, registry, asked)).id : undefined;
      return (await registry.listHolds(id)).filter((found) => all || holdState(found) === 'in force');
    };
    return { access: 'read', run };
  }
  const reason = inputs.required('reason', 'why, for the audit log');
  if (command === 'release') {
    const holdId = inputs.required('hold-id', 'the hold to release, as "command: list" shows it');
    const run = async (registry: Registry) => {
      await registry.releaseHold(holdId, reason);
      return holdNamed(holdId, registry);
    };
    return { access: 'change', run };
  }
  if (inputs.text('hold-id') !== undefined)
    throw invalidInput('hold-id', 'is only for "command: release"; leave it out');
  const until = inputs.text('until');
  const end = until === undefined ? undefined : await about('until', () => parseTime(until));
  const run = async (registry: Registry) => {
    const { id } = await findNamed(asked, registry);
    return holdNamed(await registry.applyHold(id, reason, end), registry);
  };
  return { access: 'change', run };
}

async function holdNamed(holdId: string, registry: Registry): Promise<Hold[]> {
  return (await registry.listHolds()).filter(({ id }) => id === holdId);
}
