import * as core from '@actions/core';
import { redact } from './masking.ts';

/** Sets each output under its name and its kebab-case alias. What is not known is set empty. */
export function setOutputs(values: Record<string, string | number | boolean | null | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    const text = redact(String(value ?? ''));
    core.setOutput(name, text);
    const alias = name.replaceAll('_', '-');
    if (alias !== name) core.setOutput(alias, text);
  }
}
