import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { repository } from '../bundle.ts';
import { commandText, type OptionText, optionTexts, sentence } from './option-texts.ts';

interface Executor {
  title: string;
  /** The description; that of the command where there is one. */
  description?: string;
  commands: readonly string[];
  examples: readonly { description: string; command: string }[];
  /** Its folder is `root`, like that of its commands, rather than `from`. */
  isAtRoot?: boolean;
  /** Properties that replace or extend the options of the commands. */
  own?: Readonly<Record<string, object>>;
  required: readonly string[];
}

const PLACE = ' Relative to the workspace; may hold {projectRoot} and {projectName}.';
const FROM = {
  type: 'string',
  description: `The infospace whose store and index are used.${PLACE}`,
  default: '{projectRoot}',
  'x-completion-type': 'directory',
};

const ROOT = { ...FROM, description: FROM.description.replace(/^[^.]+/, 'Folder of the infospace') };
const IMPORTANT = { 'x-priority': 'important' };

const EXECUTORS: Readonly<Record<string, Executor>> = {
  archive: {
    title: 'Archive an infospace',
    commands: ['archive'],
    examples: [
      {
        description: 'Archive a release, unless nothing has changed',
        command: 'nx run guide:archive --note="release 1.4" --skipUnchanged',
      },
      { description: 'Show what would be archived', command: 'nx run guide:archive --dryRun' },
    ],
    isAtRoot: true,
    own: {
      retentionClass: {
        examples: loadRetentionClasses(undefined).map(({ name }) => name),
        aliases: ['class'],
        ...IMPORTANT,
      },
      note: IMPORTANT,
      outputFile: {
        type: 'string',
        description: `Write the record as JSON to this file, for later targets; outside the archived files.${PLACE}`,
        examples: ['dist/{projectName}-archive.json'],
        aliases: ['output'],
        'x-completion-type': 'file',
      },
    },
    required: [],
  },
  list: {
    title: 'List archives',
    commands: ['list'],
    examples: [
      {
        description: 'List archives and their expiry',
        command: 'nx run guide:archive-list --withRetention',
      },
    ],
    isAtRoot: true,
    own: { withRetention: IMPORTANT, last: { type: 'integer', minimum: 1 } },
    required: [],
  },
  restore: {
    title: 'Restore a package',
    commands: ['restore'],
    examples: [
      {
        description: 'Restore the last archive beside the workspace',
        command: 'nx run guide:restore --to=../restored',
      },
    ],
    own: { package: { aliases: ['packageId'], ...IMPORTANT }, target: IMPORTANT },
    required: [],
  },
  verify: {
    title: 'Verify packages',
    commands: ['verify'],
    examples: [
      { description: 'Verify the last archive of every infospace', command: 'nx run-many -t verify' },
      {
        description: 'Read a twentieth of the stored contents',
        command: 'nx run guide:verify --all --sample=5',
      },
    ],
    own: { package: { aliases: ['packageId'], ...IMPORTANT }, sample: { type: 'number', examples: [5] } },
    required: [],
  },
  diff: {
    title: 'Compare packages and folders',
    commands: ['diff'],
    examples: [{ description: 'Show the changes since the last archive', command: 'nx run guide:archive-diff --stat' }],
    own: {
      before: { default: 'latest', ...IMPORTANT },
      after: { default: '{projectRoot}', ...IMPORTANT },
      failOnDifference: { type: 'boolean', description: 'Fail the task when they differ.', default: false },
    },
    required: [],
  },
  export: {
    title: 'Export a package as a bag',
    commands: ['export'],
    examples: [{ description: 'Write one file', command: 'nx run guide:archive-export --to=../guide.tar.zst' }],
    required: ['to'],
  },
  import: {
    title: 'Import a bag',
    commands: ['import'],
    examples: [{ description: 'Import a bag', command: 'nx run guide:archive-import --bag=../guide.tar.zst' }],
    required: ['bag'],
  },
  copy: {
    title: 'Copy a package to another store',
    commands: ['copy'],
    examples: [
      {
        description: 'Copy the last archive',
        command: 'nx run guide:archive-copy --toStore=/mnt/backup/archive',
      },
    ],
    required: ['toStore'],
  },
  gc: {
    title: 'Collect garbage',
    commands: ['gc'],
    examples: [{ description: 'List what would be disposed of', command: 'nx run guide:archive-gc --dryRun' }],
    own: { keepLast: { type: 'integer', minimum: 1 } },
    required: [],
  },
  hold: {
    title: 'Hold packages',
    description: 'Apply, release or list holds, which keep packages regardless of their expiry.',
    commands: ['hold apply', 'hold release', 'hold list'],
    examples: [{ description: 'Keep the last archive', command: 'nx run guide:archive-hold --reason="lawsuit 12/4"' }],
    own: {
      command: { type: 'string', description: 'What to do.', enum: ['apply', 'release', 'list'], default: 'apply' },
      package: {
        type: 'string',
        default: undefined,
        description: 'Package by any of its names; "latest" by default, for list those of all.',
      },
      holdId: { type: 'string', description: 'For release: the id of the hold, as list shows it.' },
      reason: { type: 'string', description: 'For apply and release: why, for the audit log.' },
      all: { type: 'boolean', description: 'For list: include released and lapsed holds.', default: false },
    },
    required: [],
  },
  report: {
    title: 'Report on the packages',
    commands: ['report'],
    examples: [{ description: 'Write a page', command: 'nx run guide:archive-report --html=dist/guide.html' }],
    required: ['html'],
  },
};

/** `root` is --from. A task has no prompts, and takes patterns for options that are paths. */
const WITHOUT_PROPERTY = ['root', 'yes', 'paths'];

/** Options that Nx keeps for itself on a command line, and their replacements. */
const KEPT_BY_NX: Readonly<Record<string, string>> = { exclude: 'omit', target: 'to' };

const GENERATOR = 'nx-plugin/generators/archive-target.json';

/** The list of the executors, their schemas, and the generator's schema for a target of one. */
export function nxSchemas(): Record<string, string> {
  const executors = Object.entries(EXECUTORS).map(([name, executor]) => [name, schemaOf(executor)] as const);
  const schemas = executors.map(([name, schema]) => [`nx-plugin/executors/${name}.json`, formatted(schema)]);
  const { properties } = Object.fromEntries(executors)['archive']!;
  return {
    ...Object.fromEntries(schemas),
    [GENERATOR]: withProperties(properties),
    'nx-plugin/executors.json': listOf(executors),
  };
}

/** The file in which Nx finds the executors. */
function listOf(executors: readonly (readonly [name: string, { description: string }])[]): string {
  const entries = executors.map(([name, { description }]) => {
    const files = { implementation: `../lib/nx-plugin/executors/${name}`, schema: `./executors/${name}.json` };
    return [name, { ...files, description }];
  });
  return formatted({ $schema: 'https://json-schema.org/schema', executors: Object.fromEntries(entries) });
}

/** The existing schema of the generator, with its properties of `archive` updated. */
function withProperties(properties: Schema['properties']): string {
  const generator = JSON.parse(readFileSync(join(repository, GENERATOR), 'utf8')) as Schema;
  for (const name of Object.keys(generator.properties))
    generator.properties[name] = properties[name] ?? generator.properties[name]!;
  return formatted(generator);
}

interface Schema {
  description: string;
  properties: Record<string, object>;
}

function schemaOf({ title, description, commands, examples, isAtRoot, own = {}, required }: Executor): Schema {
  const properties: Record<string, object> = isAtRoot ? { root: ROOT } : {};
  for (const [name, option] of optionTexts(commands)) {
    if (WITHOUT_PROPERTY.includes(name) || (isAtRoot && name === 'from')) continue;
    const key = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    properties[key] = name === 'from' ? FROM : propertyOf(name, option, required.includes(key));
  }
  for (const [name, property] of Object.entries(own)) properties[name] = { ...properties[name], ...property };
  return {
    $schema: 'https://json-schema.org/schema',
    version: 2,
    outputCapture: 'direct-nodejs',
    title,
    description: description ?? commandText(commands[0]!),
    type: 'object',
    examples,
    properties,
    required,
    additionalProperties: false,
  } as Schema;
}

function propertyOf(name: string, option: OptionText, isImportant: boolean): object {
  const { text, byDefault, choices, isFlag, isNegated, isList, value, place } = option;
  const type = isFlag ? 'boolean' : isList ? 'array' : 'string';
  const values = isList ? `: ${value}s` : '';
  const words = byDefault === undefined ? '' : `; ${byDefault} by default`;
  const description = sentence(`${isNegated ? 'false to ' : ''}${text}${values}${words}`);
  const other = KEPT_BY_NX[name];
  const otherwise = other === undefined ? '' : ` On the command line --${other}, since Nx uses --${name} itself.`;
  const byItself = name === 'package' ? 'latest' : isFlag ? isNegated : option.default;
  return {
    type,
    ...(isList && { items: { type: 'string' } }),
    ...(choices && { enum: choices }),
    description: `${description}${otherwise}${place === undefined ? '' : PLACE}`,
    ...(byItself !== undefined && { default: byItself }),
    ...(other !== undefined && { aliases: [other] }),
    ...(isImportant && IMPORTANT),
    ...(place !== undefined && place !== 'store' && { 'x-completion-type': place }),
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
