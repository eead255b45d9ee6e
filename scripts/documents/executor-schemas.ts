import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from '../bundle.ts';
import { commandText, type OptionText, optionTexts, sentence } from './option-texts.ts';

interface Executor {
  title: string;
  /** What it does; as its command says, where it is one. */
  description?: string;
  commands: readonly string[];
  example: { description: string; command: string };
  /** Properties that are no options of the commands, or more than these. */
  own?: Readonly<Record<string, object>>;
  required: readonly string[];
}

const FROM = {
  type: 'string',
  description:
    'The infospace whose store and index are used. Relative to the workspace; may hold {projectRoot} and {projectName}.',
  default: '{projectRoot}',
  'x-completion-type': 'directory',
};

const EXECUTORS: Readonly<Record<string, Executor>> = {
  diff: {
    title: 'Compare packages and folders',
    commands: ['diff'],
    example: { description: 'What has changed since the last archive', command: 'nx run guide:archive-diff --stat' },
    own: {
      before: { type: 'string', default: 'latest', 'x-priority': 'important' },
      after: { type: 'string', default: '{projectRoot}', 'x-priority': 'important' },
      exclude: { aliases: ['omit'] },
      failOnDifference: { type: 'boolean', description: 'Fail the task when they differ.', default: false },
    },
    required: [],
  },
  export: {
    title: 'Export a package as a bag',
    commands: ['export'],
    example: { description: 'Write one file', command: 'nx run guide:archive-export --to=../guide.tar.zst' },
    required: ['to'],
  },
  import: {
    title: 'Import a bag',
    commands: ['import'],
    example: { description: 'Take a bag in', command: 'nx run guide:archive-import --bag=../guide.tar.zst' },
    required: ['bag'],
  },
  copy: {
    title: 'Copy a package to another store',
    commands: ['copy'],
    example: {
      description: 'Copy the last archive',
      command: 'nx run guide:archive-copy --toStore=/mnt/backup/archive',
    },
    required: ['toStore'],
  },
  gc: {
    title: 'Collect garbage',
    commands: ['gc'],
    example: { description: 'Name what would go', command: 'nx run guide:archive-gc --dryRun' },
    own: { keepLast: { type: 'integer', minimum: 1 } },
    required: [],
  },
  hold: {
    title: 'Hold packages',
    description: 'Keep a package whatever its expiry, end that, or list what is kept so.',
    commands: ['hold apply', 'hold release', 'hold list'],
    example: { description: 'Keep the last archive', command: 'nx run guide:archive-hold --reason="lawsuit 12/4"' },
    own: {
      command: { type: 'string', description: 'What to do.', enum: ['apply', 'release', 'list'], default: 'apply' },
      package: {
        type: 'string',
        default: undefined,
        description: 'Package by any of its names; "latest" by default, for list those of all.',
      },
      holdId: { type: 'string', description: 'For release: the hold, as list shows it.' },
      reason: { type: 'string', description: 'For apply and release: why, for the audit log.' },
      all: { type: 'boolean', description: 'For list: also those that were released or have lapsed.', default: false },
    },
    required: [],
  },
  report: {
    title: 'Report on the packages',
    commands: ['report'],
    example: { description: 'Write a page', command: 'nx run guide:archive-report --html=dist/guide.html' },
    required: ['html'],
  },
};

/** `root` is --from; a task asks nobody, and has patterns for what is given as paths. */
const WITHOUT_PROPERTY = ['root', 'yes', 'paths'];

/** The schemas of the executors that do what a command of their name does. */
export function executorSchemas(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(EXECUTORS).map(([name, executor]) => [`nx-plugin/executors/${name}.json`, schemaOf(executor)]),
  );
}

function schemaOf({ title, description, commands, example, own = {}, required }: Executor): string {
  const properties: Record<string, object> = {};
  for (const [name, option] of optionTexts(commands)) {
    if (WITHOUT_PROPERTY.includes(name)) continue;
    const key = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    properties[key] = name === 'from' ? FROM : propertyOf(name, option, required.includes(key));
  }
  for (const [name, property] of Object.entries(own)) properties[name] = { ...properties[name], ...property };
  return formatted({
    $schema: 'https://json-schema.org/schema',
    version: 2,
    outputCapture: 'direct-nodejs',
    title,
    description: description ?? commandText(commands[0]!),
    type: 'object',
    examples: [example],
    properties,
    required,
    additionalProperties: false,
  });
}

function propertyOf(name: string, option: OptionText, isImportant: boolean): object {
  const { text, byDefault, isFlag, isList, value, isPath } = option;
  const type = isFlag ? 'boolean' : isList ? 'array' : 'string';
  const values = isList ? `: ${value}s` : '';
  const words = byDefault === undefined ? '' : `; ${byDefault} by default`;
  const place = isPath ? ' Relative to the workspace; may hold {projectRoot} and {projectName}.' : '';
  const byItself = name === 'package' ? 'latest' : isFlag ? false : option.default;
  return {
    type,
    ...(isList && { items: { type: 'string' } }),
    description: `${sentence(`${text}${values}${words}`)}${place}`,
    ...(byItself !== undefined && { default: byItself }),
    ...(isImportant && { 'x-priority': 'important' }),
  };
}

function formatted(schema: object): string {
  const biome = join(repository, 'node_modules/@biomejs/biome/bin/biome');
  return execFileSync(process.execPath, [biome, 'format', '--stdin-file-path=schema.json'], {
    cwd: repository,
    input: JSON.stringify(schema, null, 2),
    encoding: 'utf8',
  });
}
