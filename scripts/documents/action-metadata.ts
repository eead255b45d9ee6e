import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, type YAMLMap } from 'yaml';
import { repository } from '../bundle.ts';
import { type OptionText, optionTexts, sentence } from './option-texts.ts';

/** The commands by the folder of their sub-action. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  '.': ['archive'],
  restore: ['restore'],
  list: ['list'],
  verify: ['verify'],
  diff: ['diff'],
  export: ['export'],
  import: ['import'],
  copy: ['copy'],
  gc: ['gc'],
  hold: ['hold apply', 'hold release', 'hold list'],
  report: ['report'],
};

/** Inputs whose name differs from their option or argument. */
const NAMES: Readonly<Record<string, string>> = { 'package-id': 'package' };

/** Inputs with a different or wider meaning in a workflow, which the metadata itself describes. */
const OF_ITS_OWN = [
  'root',
  'store-root',
  'new-store',
  'actor',
  'retention-class in .',
  'links in .',
  'subject in list',
  'package-id in restore',
  'package-id in verify',
  'all in verify',
  'after in diff',
  'package-id in hold',
  'hold-id in hold',
  'reason in hold',
  'all in hold',
];

/**
 * Options without an input: `root` is their --from, outputs and the log replace their output, `include` replaces paths, there
 * are no prompts, the output of `list` always includes retention, and a checkout has no cache from the previous archive.
 */
const WITHOUT_INPUT = [
  'from',
  'json',
  'quiet',
  'yes',
  'paths',
  'stat',
  'name-status',
  'root',
  'with-retention',
  'stat-cache',
];
/** The check of attestations would add 0.3 MB to the download of each `uses:`; runners have `gh attestation verify`. */
const OF_ATTESTATIONS = ['attestation', 'certificate-identity', 'certificate-oidc-issuer', 'trusted-root', 'key'];

/**
 * The metadata of the action and its sub-actions, with the descriptions and defaults of inputs that are also options of the
 * command line.
 *
 * @throws Error naming an option without an input.
 */
export function actionMetadata(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ACTIONS).map(([folder, commands]) => {
      const file = folder === '.' ? 'action.yml' : `${folder}/action.yml`;
      return [file, withTexts(file, folder, optionTexts(commands))];
    }),
  );
}

function withTexts(file: string, folder: string, options: Map<string, OptionText>): string {
  const document = parseDocument(readFileSync(join(repository, file), 'utf8'));
  const inputs = document.get('inputs') as YAMLMap<{ value: string }, YAMLMap>;
  const seen = new Set<string>([...WITHOUT_INPUT, ...OF_ATTESTATIONS]);
  for (const { key, value: input } of inputs.items) {
    const name = NAMES[key.value] ?? key.value;
    const option = options.get(name);
    seen.add(name);
    if (option === undefined || OF_ITS_OWN.some((own) => [key.value, `${key.value} in ${folder}`].includes(own)))
      continue;
    setOnce(input!, 'description', describe(option));
    if (option.default !== undefined) setOnce(input!, 'default', option.default);
    if (option.isFlag) setOnce(input!, 'default', 'false');
    if (option.isRequired && !input!.has('default')) setOnce(input!, 'required', true);
  }
  const missing = [...options.keys()].filter((name) => !seen.has(name));
  if (missing.length > 0) throw new Error(`${file} has no input for ${missing.join(', ')} of the command line.`);
  const outputs = document.get('outputs') as YAMLMap<{ value: string }, YAMLMap>;
  const aliased = withAliases(outputs);
  if (JSON.stringify(outputs.toJSON()) !== JSON.stringify(aliased)) document.set('outputs', aliased);
  return document.toString({ lineWidth: 0 });
}

/** An unchanged value keeps its quotes, which the formatter chose. */
function setOnce(map: YAMLMap, key: string, value: unknown): void {
  if (map.get(key) !== value) map.set(key, value);
}

function describe({ text, choices, byDefault, isList, value, place }: OptionText): string {
  const values = choices === undefined ? '' : ` (${choices.join(', ')})`;
  const words = byDefault === undefined ? '' : `; ${byDefault} by default`;
  const whole = `${text}${values}${isList ? `, one ${value} per line` : ''}${place === undefined ? '' : '; relative to the workspace'}${words}`;
  // Other options, which are inputs here.
  return sentence(whole.replaceAll(/--([a-z-]+)/g, '"$1"'));
}

/** Every output has two names: in the style of GitHub's workflow commands, and in the style of inputs. */
function withAliases(outputs: YAMLMap<{ value: string }, YAMLMap>): Record<string, { description: string }> {
  const all: Record<string, { description: string }> = {};
  for (const { key, value } of outputs.items) {
    const name = key.value;
    if (name.includes('-')) continue;
    all[name] = { description: String(value!.get('description')) };
    if (name.includes('_')) all[name.replaceAll('_', '-')] = { description: `The same as ${name}.` };
  }
  return all;
}
