import * as core from '@actions/core';
import { ArchiveError } from '../artifact-store/errors.ts';
import {
  isClassName,
  isContentAddress,
  isCount,
  isDigest,
  isPackageId,
  isTime,
} from '../artifact-store/outside-fields.ts';
import { jsonEscape, printableJson } from '../terminal/format.ts';
import { redact } from './masking.ts';
import { warn } from './report.ts';

/** What ends a quotation of a shell, or begins an element, a link, a command or an expression. Outside of texts, JSON has none of it. */
const MARKUP = /[<>&'`$%|#]|\](?=\()|:(?=:)/g;
/** `store rebuild --head` takes it. */
const LOG_HEAD = /^\d{1,15}:blake3:[0-9a-f]{64}$/;

/** GitHub refuses the outputs of a job above 1 MB. */
const MAX_OUTPUT_CHARACTERS = 500_000;

const isText = (value: unknown) => typeof value === 'string';
const isFlag = (value: unknown) => typeof value === 'boolean';
/** As {@link jsonText} makes it. */
const isJson = (value: unknown) => typeof value === 'string' && /^[[{]/.test(value) && value.search(MARKUP) < 0;

/**
 * What each output holds. Anybody may have written what an index, a bag or a store says, and later steps put outputs into
 * shells. Free text is only what the workflow itself named: places, and the artifact.
 */
const OUTPUTS = {
  archives: isJson,
  artifact_digest: isDigest,
  bytes: isCount,
  content_digest: isContentAddress,
  count: isCount,
  disposed: isJson,
  disposed_count: isCount,
  expires_at: isTime,
  file: isText,
  file_count: isCount,
  hold_id: isPackageId,
  holds: isJson,
  index_path: isText,
  log_head: (value: unknown) => typeof value === 'string' && LOG_HEAD.test(value),
  manifest_digest: isContentAddress,
  manifest_path: isText,
  manifest_sha256: isDigest,
  package_count: isCount,
  package_id: isPackageId,
  packages: isCount,
  reclaimed_bytes: isCount,
  replaced: isCount,
  result_json: isJson,
  retention_class: isClassName,
  spared: isJson,
  store: isText,
  stored_bytes: isCount,
  target: isText,
  to: isText,
  total_bytes: isCount,
  until: isTime,
  workflow_artifact_id: isCount,
  workflow_artifact_name: isText,
  workflow_artifact_url: isText,
  // Of entries by "diff"; whether there is a new package by the other steps.
  different: isFlag,
  added: isCount,
  removed: isCount,
  renamed: isCount,
  unchanged: isCount,
  changed: (value: unknown) => isCount(value) || isFlag(value),
} satisfies Record<string, (value: unknown) => boolean>;

export type Outputs = Partial<Record<keyof typeof OUTPUTS, string | number | boolean | null | undefined>>;

/**
 * Sets each output under its name and its kebab-case alias. What is not known, or too long, is set empty.
 *
 * @throws ArchiveError `INTEGRITY` for a value that the output does not hold.
 */
export function setOutputs(values: Outputs): void {
  for (const [name, value] of Object.entries(values)) {
    const isKnown = value !== undefined && value !== null && value !== '';
    if (isKnown && !OUTPUTS[name as keyof Outputs](value)) {
      const sentence = `The output "${name}" would be ${JSON.stringify(value)}, which is none; the index, bag or store that says so was forged or damaged: get it from another copy.`;
      throw new ArchiveError('INTEGRITY', sentence);
    }
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
