import { relative } from 'node:path';
import { type Command, Option } from 'commander';
import { ArchiveError } from '../artifact-store/errors.ts';
import { findInfospace, noInfospace } from '../infospace/find-infospace.ts';

/**
 * What a command makes of a store that is named, where no infospace is: `required` fails all the same, `or-store` takes the
 * working folder for one, `or-none` goes on without. `unless-store` does not even look for one beside such a store.
 */
type Need = 'required' | 'or-store' | 'or-none' | 'unless-store';

/** What many commands have, which --help gathers in one line. */
export const COMMON_OPTIONS = 'Common options:';

/** Names the infospace that a command works on. */
export class PlaceOption extends Option {
  readonly need: Need;

  constructor(need: Need, description: string) {
    super('-C, --from <dir>', description);
    this.need = need;
    this.helpGroup(COMMON_OPTIONS);
  }
}

/**
 * Finds the infospace that a command works on: the one that `<root>` or --from names, else the working folder or the
 * nearest folder above it that is one. It becomes the value of --from, which stays unset where a store does without.
 *
 * @throws ArchiveError `USAGE` when both name one; `NOT_FOUND` when there is none.
 */
export async function findPlace(command: Command): Promise<void> {
  const option = command.options.find((candidate) => candidate instanceof PlaceOption);
  if (option === undefined) return;
  const position = command.registeredArguments.findIndex((argument) => argument.name() === 'root');
  const root = position < 0 ? undefined : (command.processedArgs[position] as string | undefined);
  const from = command.getOptionValue('from') as string | undefined;
  if (root !== undefined && from !== undefined)
    throw new ArchiveError('USAGE', `Both "${root}" and --from name the infospace; give one of them.`);
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
