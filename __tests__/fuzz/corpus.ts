import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

function fileOf(target: string): string {
  return fileURLToPath(new URL(`corpus/${target}.txt`, import.meta.url));
}

/** Inputs that each reach something the others do not: one a line, deflated and in base64. */
export function readCorpus(target: string): Buffer[] {
  const file = fileOf(target);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => inflateRawSync(Buffer.from(line, 'base64')));
}

export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void {
  const lines = inputs.map((input) => `${deflateRawSync(input).toString('base64')}\n`);
  writeFileSync(fileOf(target), lines.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).join(''));
}
