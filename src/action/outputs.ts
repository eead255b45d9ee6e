import * as core from '@actions/core';
import { redact } from './masking.ts';
import { warn } from './report.ts';

/** What writes to a terminal, turns the direction of text around, or cannot be seen. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** GitHub refuses the outputs of a job above 1 MB. */
const MAX_OUTPUT_CHARACTERS = 500_000;

/** Sets each output under its name and its kebab-case alias. What is not known, or too long, is set empty. */
export function setOutputs(values: Record<string, string | number | boolean | null | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    const whole = redact(String(value ?? ''));
    const text = whole.length > MAX_OUTPUT_CHARACTERS ? '' : whole;
    if (text !== whole) warn(`The output "${name}" is empty: its text is longer than an output may be.`);
    core.setOutput(name, text);
    const alias = name.replaceAll('_', '-');
    if (alias !== name) core.setOutput(alias, text);
  }
}

/** JSON whose text can be shown anywhere: names and notes of other people keep their characters, as escapes. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(INVISIBLE, (char) =>
    Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}
