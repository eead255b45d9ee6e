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

/** Ends a shell quotation, or begins an element, a link, a command or an expression. JSON contains none of these outside strings. */
const MARKUP = /[<>&'`$%|#]|\](?=\()|:(?=:)/g;
/** The form of `store rebuild --head`. */
const LOG_HEAD = /^\d{1,15}:blake3:[0-9a-f]{64}$/;

/** GitHub refuses the outputs of a job above 1 MB. */
const MAX_OUTPUT_CHARACTERS = 500_000;

const isText = (value: unknown) => typeof value === 'string';
const isFlag = (value: unknown) => typeof value === 'boolean';
/** JSON from {@link jsonText}. */
const isJson = (value: unknown) => typeof value === 'string' && /^[[{]/.test(value) && value.search(MARKUP) < 0;

/**
 * The form of each output. An index, a bag or a store may have been forged, and later steps put outputs into shells. Only names
 * from the workflow itself are free text: places, and the artifact.
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
  // "diff" counts entries; other steps say whether there is a new package.
  different: isFlag,
  added: isCount,
  removed: isCount,
  renamed: isCount,
  unchanged: isCount,
  changed: (value: unknown) => isCount(value) || isFlag(value),
} satisfies Record<string, (value: unknown) => boolean>;

export type Outputs = Partial<Record<keyof typeof OUTPUTS, string | number | boolean | null | undefined>>;

/**
 * Sets each output under its name and its kebab-case alias. An unknown or overlong value is set to empty.
 *
 * @throws ArchiveError `INTEGRITY` for a value in the wrong form.
 */
export function setOutputs(values: Outputs): void {
  for (const [name, value] of Object.entries(values)) {
    const isKnown = value !== undefined && value !== null && value !== '';
    if (isKnown && !OUTPUTS[name as keyof Outputs](value)) {
      const sentence = `The output "${name}" has the invalid value ${JSON.stringify(value)}; the index, bag or store was forged or damaged: get it from another copy.`;
      throw new ArchiveError('INTEGRITY', sentence);
    }
    const whole = redact(String(value ?? ''));
    const text = whole.length > MAX_OUTPUT_CHARACTERS ? '' : whole;
    if (text !== whole) warn(`The output "${name}" is empty: its text exceeds the limit for outputs.`);
    core.setOutput(name, text);
    const alias = name.replaceAll('_', '-');
    if (alias !== name) core.setOutput(alias, text);
  }
}

/** JSON that is safe to show anywhere and to put in shell quotation marks: untrusted names and notes are escaped. */
export function jsonText(value: unknown): string {
  return printableJson(value).replace(MARKUP, jsonEscape);
}
