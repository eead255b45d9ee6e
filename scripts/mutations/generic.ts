import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';
import type { Mutation } from './mutation.ts';

interface Node {
  type: string;
  start: number;
  end: number;
}

interface Change {
  at: Node;
  to: string;
}

const OTHER_OPERATOR: Record<string, string> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
};

/** Calls that are made only for their effect. */
const DROPPED = ['ExpressionStatement', 'ThrowStatement'];

/** Every place in the file where an operator can be replaced, a condition negated, or a statement removed. */
export function mutationsOf(root: string, file: string): Mutation[] {
  const text = readFileSync(join(root, file), 'utf8');
  const changes: Change[] = [];
  collectChanges(parseSync(file, text).program as unknown as Node, text, changes);
  return changes.map(({ at, to }) => {
    const line = text.slice(0, at.start).split('\n').length;
    const from = text.slice(at.start, at.end);
    return {
      name: `${file}:${line}: ${shortened(from)} -> ${to === '' ? 'nothing' : shortened(to)}`,
      file,
      change: () => text.slice(0, at.start) + to + text.slice(at.end),
      tests: testsOf(root, file),
    };
  });
}

function collectChanges(node: Node, text: string, changes: Change[]): void {
  if (node.type.startsWith('TS')) return;
  const source = (part: Node) => text.slice(part.start, part.end);
  if (DROPPED.includes(node.type)) changes.push({ at: node, to: ';' });
  if ('test' in node && isNode(node.test) && !isTurned(node.test))
    changes.push({ at: node.test, to: `!(${source(node.test)})` });
  if (isTurned(node)) {
    const { left, operator, right } = node;
    changes.push({ at: node, to: `${source(left)} ${OTHER_OPERATOR[operator]} ${source(right)}` });
  }
  for (const child of Object.values(node)) {
    for (const part of Array.isArray(child) ? child : [child]) if (isNode(part)) collectChanges(part, text, changes);
  }
}

interface Operation extends Node {
  operator: string;
  left: Node;
  right: Node;
}

/** An assignment has another operator. */
function isTurned(node: Node): node is Operation {
  return 'operator' in node && String(node.operator) in OTHER_OPERATOR && 'left' in node && 'right' in node;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value;
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

const TESTS = '__tests__/artifact-store/';

/** The tests of the same folder come first: they find most changes within seconds. */
function testsOf(root: string, file: string): string[] {
  const beside = `${TESTS}${basename(dirname(file))}/`;
  return existsSync(join(root, beside)) ? [beside, TESTS] : [TESTS];
}
