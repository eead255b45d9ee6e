import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../bundle.ts';
import { type Declaration, type Member, readModule, resolveName } from './declarations.ts';

const HEAD = `<!-- Written by "npm run build:docs" from the types; do not edit. -->

# The library

\`import { … } from 'infospace-archive'\`: an ES module with types, for Node.js 22.15 or newer.
[library.md](library.md) has examples; [operations.md](operations.md#compatibility) says what may change and when. What
is marked **Experimental** may change in any version.

Sizes are in bytes, times RFC 3339 in UTC, digests \`blake3:\` and 64 hexadecimal digits, paths relative with \`/\`, unless
said otherwise. Every failure throws an [\`ArchiveError\`](#archiveerror), with a \`code\` to branch on and a sentence for
people.`;

/**
 * docs/api.md: every name exported by src/index.ts, with its declaration and documentation, and the types that these refer
 * to.
 */
export function apiReference(): string {
  const folder = mkdtempSync(join(tmpdir(), 'declarations-'));
  try {
    run('typescript/bin/tsc', '-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', folder);
    return reference(join(folder, 'src/index.d.ts'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reference(index: string): string {
  const exported = [...readModule(index).exports]
    .map(([name, kind]) => withoutConstructor(resolveName(index, name)!, kind))
    .toSorted(byName);
  requireDocs(exported);
  const others = referredTo(exported);
  const sections: [title: string, declarations: Declaration[]][] = [
    ['Functions', exported.filter(({ kind }) => kind === 'function')],
    ['Classes', exported.filter(({ kind }) => kind === 'class')],
    ['Types', exported.filter(({ kind }) => kind === 'type')],
    ['Types that are not exported', others],
  ];
  return [
    HEAD,
    sections.map(([title, list]) => `${title}: ${list.map(({ name }) => linkTo(name)).join(', ')}.`).join('\n\n'),
    ...sections.flatMap(([title, list]) => [`## ${title}`, ...list.map(section)]),
  ].join('\n\n');
}

function requireDocs(exported: readonly Declaration[]): void {
  const missing = exported.flatMap(({ name, doc, members }) => [
    ...(doc === '' ? [name] : []),
    ...members.filter((member) => member.doc === '').map((member) => `${name}.${member.name}`),
  ]);
  if (missing.length > 0) throw new Error(`These have no documentation: ${missing.join(', ')}.`);
}

/** Types in declarations that are not exported, found recursively. */
function referredTo(exported: readonly Declaration[]): Declaration[] {
  const seen = new Set(exported.map(({ file, name }) => `${file}#${name}`));
  const found: Declaration[] = [];
  for (const queue = [...exported]; queue.length > 0; ) {
    const { file, code, members } = queue.shift()!;
    for (const word of [code, ...members.map((member) => member.code)].join('\n').match(/\b[A-Z]\w+\b/g) ?? []) {
      const declaration = resolveName(file, word);
      if (declaration === undefined || seen.has(`${declaration.file}#${declaration.name}`)) continue;
      seen.add(`${declaration.file}#${declaration.name}`);
      found.push(declaration);
      queue.push(declaration);
    }
  }
  return found.filter(({ kind }) => kind === 'type').toSorted(byName);
}

function byName(a: Declaration, b: Declaration): number {
  return a.name.localeCompare(b.name, 'en');
}

/** A class exported only as a type is made by a function. */
function withoutConstructor(declaration: Declaration, exportKind: 'type' | 'value'): Declaration {
  if (exportKind === 'value') return declaration;
  return { ...declaration, members: declaration.members.filter(({ name }) => name !== 'constructor') };
}

function section({ name, kind, doc, code, members }: Declaration): string {
  const shown = kind === 'class' ? `${code} { … }` : code;
  return [`### ${name}`, ...prose(doc), fence(shown), ...members.map((member) => memberSection(name, member))].join(
    '\n\n',
  );
}

function memberSection(owner: string, { name, doc, code }: Member): string {
  return [`#### ${owner}.${name}`, ...prose(doc), fence(code)].join('\n\n');
}

/** Converts TSDoc to Markdown: the description, then parameters, result and errors. */
function prose(doc: string): string[] {
  const [description, ...tags] = `\n${doc}`.split(/^(?=@\w+)/m).map((part) => part.trim());
  const isExperimental = tags.some((tag) => tag.startsWith('@experimental'));
  return [
    isExperimental ? '**Experimental.**' : '',
    linked(description!),
    ...tags.map((tag) => {
      const { kind, text } = /^@(?<kind>\w+)\s*(?<text>.*)$/s.exec(tag)!.groups!;
      if (kind === 'returns') return `Returns: ${linked(text!)}`;
      if (kind === 'throws') return `Throws: ${linked(text!)}`;
      if (kind === 'param') return `Parameter: ${linked(text!.replace(/^(\w+) - /, '`$1`, '))}`;
      return '';
    }),
  ].filter((block) => block !== '');
}

function linked(text: string): string {
  return text.replaceAll(/\{@link (\w+)\}/g, (_, name: string) => `\`${name}\``);
}

function linkTo(name: string): string {
  return `[\`${name}\`](#${name.toLowerCase()})`;
}

/** Not `ts`, which marks programs that are run. */
function fence(code: string): string {
  return `\`\`\`typescript\n${code}\n\`\`\``;
}
