/** The options of the plugin in nx.json. */
export interface PluginOptions {
  archiveTargetName?: string;
  listTargetName?: string;
  restoreTargetName?: string;
  verifyTargetName?: string;
  /** Default options of the archive executor, as a target would set them. */
  archiveOptions?: ExecutorOptions;
  listOptions?: ExecutorOptions;
  restoreOptions?: ExecutorOptions;
  verifyOptions?: ExecutorOptions;
}

export type ExecutorOptions = Record<string, unknown>;

/** The name of the plugin in nx.json. */
export const PLUGIN = 'infospace-archive/nx-plugin';

export const EXECUTORS = ['archive', 'list', 'restore', 'verify'] as const;
export type ExecutorName = (typeof EXECUTORS)[number];

const DEFAULT_NAMES: Record<ExecutorName, string> = {
  archive: 'archive',
  list: 'archive-list',
  restore: 'restore',
  verify: 'verify',
};

/** One target per executor: its name and its options. */
export type Targets = Record<ExecutorName, { name: string; options: ExecutorOptions }>;

/** Nx shows the message; a misspelled default must not be ignored. */
export function readPluginOptions(given: PluginOptions | undefined): Targets {
  const rest: Record<string, unknown> = { ...given };
  const targets = Object.fromEntries(
    EXECUTORS.map((executor) => {
      const name = take(rest, `${executor}TargetName`, 'a name', isName) ?? DEFAULT_NAMES[executor];
      return [executor, { name, options: take(rest, `${executor}Options`, 'an object', isObject) ?? {} }];
    }),
  ) as Targets;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    const known = EXECUTORS.flatMap((executor) => [`${executor}TargetName`, `${executor}Options`]).join(', ');
    throw new Error(`The option "${unknown}" of ${PLUGIN} in nx.json is unknown; the known ones are ${known}.`);
  }
  const names = EXECUTORS.map((executor) => targets[executor].name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new Error(`The options of ${PLUGIN} in nx.json name two targets "${twice}"; give them different names.`);
  }
  return targets;
}

function take<T>(
  options: Record<string, unknown>,
  name: string,
  kind: string,
  fits: (value: unknown) => value is T,
): T | undefined {
  const value = options[name];
  delete options[name];
  if (value === undefined || fits(value)) return value;
  throw new Error(`The option "${name}" of ${PLUGIN} in nx.json must be ${kind}; correct it.`);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isObject(value: unknown): value is ExecutorOptions {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
