import { parse } from 'yaml';
import { cell } from './cell.ts';

const HEAD = `<!-- Written by "npm run build:docs" from the metadata of the Action, whose texts are those of src/cli; do not edit. -->

# Inputs and outputs of the Action

[github-action.md](github-action.md) has workflows and says how the steps work together. An empty input is one that is not given;
every output \`a_b\` also exists as \`a-b\`.`;

interface Metadata {
  description: string;
  inputs: Record<string, { description: string; default?: string; required?: boolean }>;
  outputs: Record<string, { description: string }>;
}

/** docs/action-reference.md: the inputs and outputs of the action and its sub-actions. */
export function actionReference(metadata: Record<string, string>): string {
  return [HEAD, ...Object.entries(metadata).map(([file, text]) => section(file, parse(text) as Metadata))].join('\n\n');
}

function section(file: string, { description, inputs, outputs }: Metadata): string {
  const folder = file.replace(/\/?action\.yml$/, '');
  const rows = Object.entries(inputs).map(([name, input]) => {
    const byDefault = input.required ? 'required' : input.default === undefined ? '' : `\`${input.default}\``;
    return `| \`${name}\` | ${byDefault} | ${cell(input.description)} |`;
  });
  const named = Object.entries(outputs).filter(([name]) => !name.includes('-'));
  return [
    `## ${folder === '' ? 'archive' : folder}`,
    `\`uses: org/infospace-archive${folder === '' ? '' : `/${folder}`}@v1\`. ${description}`,
    `| Input | Default | |\n|---|---|---|\n${rows.join('\n')}`,
    `| Output | |\n|---|---|\n${named.map(([name, output]) => `| \`${name}\` | ${cell(output.description)} |`).join('\n')}`,
  ].join('\n\n');
}
