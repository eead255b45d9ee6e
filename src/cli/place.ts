import { relative } from 'node:path';
import { type Command, Option } from 'commander';
import { ArchiveError } from '../artifact-store/errors.ts';
import { findInfospace, noInfospace } from '../infospace/find-infospace.ts';

/**
 * What a command does without an infospace, when a store is named: `required` fails, `or-store` uses the working folder
 * as the infospace, `or-none` continues without one. `unless-store` does not look for an infospace if a store is named.
 */
type Need = 'required' | 'or-store' | 'or-none' | 'unless-store';

/** Options that many commands share; --help lists them in one line. */
export const COMMON_OPTIONS = 'Common options:';

/** The option that names the infospace of a command. */
export class PlaceOption extends Option {
  readonly need: Need;

  constructor(need: Need, description: string) {
    super('-C, --from <dir>', description);
    this.need = need;
    this.helpGroup(COMMON_OPTIONS);
  }
}

/**
 * Finds the infospace of a command: the one named by `<root>` or --from, else the nearest infospace at or above the
 * working folder. Sets it as the value of --from, which stays unset if the command needs no infospace.
 *
 * @throws ArchiveError `USAGE` when both are given; `NOT_FOUND` when there is no infospace.
 */
export async function findPlace(command: Command): Promise<void> {
  const option = command.options.find((candidate) => candidate instanceof PlaceOption);
  if (option === undefined) return;
  const position = command.registeredArguments.findIndex((argument) => argument.name() === 'root');
  const root = position < 0 ? undefined : (command.processedArgs[position] as string | undefined);
  const from = command.getOptionValue('from') as string | undefined;
  if (root !== undefined && from !== undefined)
    throw new ArchiveError('USAGE', `Both "${root}" and --from name the infospace; give only one of them.`);
  const place = root ?? from ?? (await foundHere(command, option.need));
  command.setOptionValueWithSource('from', place, 'default');
}

async function foundHere(command: Command, need: Need): Promise<string | undefined> {
  if (need === 'unless-store' && (await namesStore(command))) return undefined;
  const found = findInfospace();
  if (found !== undefined) return relative('.', found) || '.';
  if (need === 'required' || !(await namesStore(command))) throw noInfospace();
  return need === 'or-store' ? '.' : undefined;
}

async function namesStore(command: Command): Promise<boolean> {
  const { storeRoot, git } = command.opts<{ storeRoot?: string; git?: string | true }>();
  if (git !== undefined) return true;
  const store = await import('../infospace/infospace-store.ts');
  return store.namesStore({ storeRoot });
}
