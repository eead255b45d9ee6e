import { posix } from 'node:path';
import { cell } from './cell.ts';

const HEAD = `<!-- Written by "npm run build:docs" from the schemas of the executors, whose texts are those of src/cli; do not edit. -->

# Options of the Nx executors

[nx-plugin.md](nx-plugin.md) says how targets get them. Paths are relative to the workspace, and may hold \`{projectRoot}\`,
\`{projectName}\` and \`{workspaceRoot}\`; patterns are relative to the infospace.`;

interface Schema {
  description: string;
  properties: Record<string, { description: string; default?: unknown; enum?: string[] }>;
  required: string[];
}

/** docs/nx-reference.md: the options of every executor. */
export function nxReference(schemas: Record<string, string>): string {
  const executors = Object.entries(schemas).filter(([file]) => file.startsWith('nx-plugin/executors/'));
  return [HEAD, ...executors.map(([file, text]) => section(file, JSON.parse(text) as Schema))].join('\n\n');
}

function section(file: string, { description, properties, required }: Schema): string {
  const rows = Object.entries(properties).map(([name, { description: text, default: byItself, enum: values }]) => {
    const byDefault = required.includes(name) ? 'required' : byItself === undefined ? '' : `\`${String(byItself)}\``;
    const choices = values === undefined ? '' : ` One of ${values.map((value) => `\`${value}\``).join(', ')}.`;
    return `| \`${name}\` | ${byDefault} | ${cell(text.replace(/ Relative to the workspace; .*$/, ''))}${choices} |`;
  });
  return `## ${posix.basename(file, '.json')}\n\n${description}\n\n| Option | Default | |\n|---|---|---|\n${rows.join('\n')}`;
}
