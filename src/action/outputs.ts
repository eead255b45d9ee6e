import * as core from '@actions/core';
import { jsonEscape, printableJson } from '../terminal/format.ts';
import { redact } from './masking.ts';
import { warn } from './report.ts';

/** What ends a quotation of a shell, or begins an element, a link, a command or an expression. Outside of texts, JSON has none of it. */
const MARKUP = /[<>&'`$%|#]|\](?=\()|:(?=:)/g;

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

/**
 * JSON whose text can be shown anywhere, and stand in quotation marks of a shell: names and notes of other people keep their
 * characters, as escapes.
 */
export function jsonText(value: unknown): string {
  return printableJson(value).replace(MARKUP, jsonEscape);
}
