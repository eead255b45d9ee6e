import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Comment, type Node, parseSync } from 'oxc-parser';

/** An exported or local name of a declaration module. */
export interface Declaration {
  name: string;
  kind: 'function' | 'class' | 'type' | 'value';
  /** The comment before it, without comment marks. */
  doc: string;
  /** Without `export` and `declare`. */
  code: string;
  /** The public members of a class. */
  members: Member[];
  /** Its module. */
  file: string;
}

export interface Member {
  name: string;
  doc: string;
  code: string;
}

interface Module {
  declarations: Map<string, Declaration>;
  /** Imported names: the file, and the name there. */
  imports: Map<string, [file: string, name: string]>;
  /** Re-exported names: whether only as types. */
  exports: Map<string, 'type' | 'value'>;
}

const modules = new Map<string, Module>();

/** The declarations of a `.d.ts` file, and its re-exports. */
export function readModule(file: string): Module {
  const known = modules.get(file);
  if (known) return known;
  const module: Module = { declarations: new Map(), imports: new Map(), exports: new Map() };
  modules.set(file, module);
  const text = readFileSync(file, 'utf8');
  const { program, comments, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`);
  const source = { file, text, comments };
  for (const statement of program.body) addStatement(module, statement, source);
  return module;
}

/** The declaration of a name in a module, wherever it is; undefined for names declared outside of the project. */
export function resolveName(file: string, name: string): Declaration | undefined {
  const module = readModule(file);
  const here = module.declarations.get(name);
  if (here) return here;
  const elsewhere = module.imports.get(name);
  // biome-ignore lint/plugin: a file and a name
  return elsewhere && resolveName(...elsewhere);
}

interface Source {
  file: string;
  text: string;
  comments: readonly Comment[];
}

function addStatement(module: Module, statement: Node, source: Source): void {
  if (statement.type === 'ImportDeclaration' || (statement.type === 'ExportNamedDeclaration' && statement.source)) {
    const from = statement.source!.value;
    const isExport = statement.type === 'ExportNamedDeclaration';
    for (const specifier of statement.specifiers) {
      if (specifier.type === 'ImportDefaultSpecifier' || specifier.type === 'ImportNamespaceSpecifier') continue;
      const [there, here] =
        specifier.type === 'ExportSpecifier'
          ? [specifier.local, specifier.exported]
          : [specifier.imported, specifier.local];
      if (isExport) {
        const isType = [statement.exportKind, 'exportKind' in specifier && specifier.exportKind].includes('type');
        module.exports.set(nameOf(here), isType ? 'type' : 'value');
      }
      if (!from.startsWith('.')) continue;
      const file = join(dirname(source.file), from.replace(/\.ts$/, '.d.ts'));
      module.imports.set(nameOf(here), [file, nameOf(there)]);
    }
    return;
  }
  const isExport = statement.type === 'ExportNamedDeclaration';
  const declaration = isExport ? statement.declaration : statement;
  if (declaration) {
    for (const found of declarationsOf(declaration, statement.start, source))
      module.declarations.set(found.name, found);
  }
}

function nameOf(node: Node): string {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'Literal') return String(node.value);
  throw new Error(`A name of the type ${node.type} is not expected here.`);
}

function declarationsOf(node: Node, start: number, source: Source): Declaration[] {
  const { file } = source;
  const doc = docBefore(start, source);
  switch (node.type) {
    case 'TSDeclareFunction':
    case 'FunctionDeclaration':
      return [{ name: node.id!.name, kind: 'function', doc, code: codeOf(node, source), members: [], file }];
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return [{ name: node.id.name, kind: 'type', doc, code: codeOf(node, source), members: [], file }];
    case 'ClassDeclaration': {
      const heritage = source.text.slice(node.start, node.body.start).replace('declare ', '').trim();
      return [{ name: node.id!.name, kind: 'class', doc, code: heritage, members: membersOf(node.body, source), file }];
    }
    case 'VariableDeclaration':
      return node.declarations.map((declared) => ({
        name: nameOf(declared.id as Node),
        kind: 'value',
        doc,
        code: codeOf(node, source),
        members: [],
        file,
      }));
    default:
      return [];
  }
}

function membersOf(body: Node & { type: 'ClassBody' }, source: Source): Member[] {
  return body.body.flatMap((member) => {
    if (!('key' in member) || member.key.type !== 'Identifier') return [];
    if ('accessibility' in member && /^(private|protected)$/.test(member.accessibility ?? '')) return [];
    return [{ name: member.key.name, doc: docBefore(member.start, source), code: codeOf(member, source) }];
  });
}

/** The text of a node with its indentation removed. */
function codeOf(node: Node, { text }: Source): string {
  const lineStart = text.lastIndexOf('\n', node.start) + 1;
  const indent = /^ */.exec(text.slice(lineStart))![0];
  const code = text.slice(node.start, node.end).replace(/^declare /, '');
  return code.replaceAll(`\n${indent}`, '\n').replaceAll(/^( {4})+/gm, (spaces) => ' '.repeat(spaces.length / 2));
}

/** The text of the documentation comment directly before the node. */
function docBefore(start: number, { text, comments }: Source): string {
  const comment = comments.findLast(
    (candidate) => candidate.end <= start && text.slice(candidate.end, start).trim() === '',
  );
  if (comment?.type !== 'Block' || !comment.value.startsWith('*')) return '';
  return comment.value
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}
