import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import type { Command } from 'commander';
import { commandLine } from '../../src/cli/program.ts';
import { repository } from '../infospace/fixtures.ts';

const ajv = new Ajv({ validateFormats: false, allowUnionTypes: true });
const compiled = new Map<string, ValidateFunction>();

/** The commands that do something themselves. */
export function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

/** Each command has a schema of its output with --json: `schemas/<its words>.json`. */
export function schemaOf(command: Command): string {
  const group = command.parent?.parent ? `${command.parent.name()}-` : '';
  const names = [command.name(), ...command.aliases()].map((name) => group + name);
  return names.find((name) => existsSync(fileOf(name))) ?? names[0]!;
}

/** The errors of a value against a schema. Every key must be in the schema, although later versions may add keys. */
export function complaints(schema: string, value: unknown): unknown[] {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(closed(JSON.parse(readFileSync(fileOf(schema), 'utf8'))) as object);
    compiled.set(schema, validate);
  }
  return validate(value) ? [] : (validate.errors ?? []);
}

/** The schema of the command in the arguments; undefined without a command. */
export function schemaOfRun(args: readonly string[]): string | undefined {
  let command = commandLine();
  for (const word of args) {
    const next = command.commands.find((sub) => [sub.name(), ...sub.aliases()].includes(word));
    if (next === undefined) break;
    command = next;
  }
  return command.parent === null ? undefined : schemaOf(command);
}

function fileOf(schema: string): string {
  return join(repository, 'schemas', `${schema}.json`);
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in inner && !('additionalProperties' in inner) && inner['type'] === 'object'
    ? { ...inner, additionalProperties: false }
    : inner;
}
