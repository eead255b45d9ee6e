import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { childEnvironment, cliFile } from '../infospace/fixtures.ts';

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command line in a process of its own, as a pipe sees it. */
export async function run(args: readonly string[], env: Record<string, string> = {}, cwd?: string): Promise<Run> {
  const child = spawn(process.execPath, [cliFile, ...args], { env: { ...childEnvironment, ...env }, cwd });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

/** Runs it where it must succeed without a word on stderr. */
export async function runJson(args: readonly string[], env: Record<string, string> = {}): Promise<unknown> {
  const { code, stdout, stderr } = await run([...args, '--json'], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** What a failure looks like: a code, nothing on stdout, one sentence on stderr that ends and says what it should. */
export function failure(code: number, ...said: string[]): Run {
  const words = said.map((part) => `(?=.*${part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')})`).join('');
  return { code, stdout: '', stderr: expect.stringMatching(`^${words}error: .+[.?)]\n$`) };
}

/** Control characters, by which a terminal can be made to do things. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const CONTROL: RegExp = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
