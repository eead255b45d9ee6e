import type { Environment } from '../artifact-store/config.ts';
import { ArchiveError, type ErrorCode } from '../artifact-store/errors.ts';

/** The inputs of a step as the runner passes them: `INPUT_<NAME>`, where empty means missing. */
export class Inputs {
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** Undefined when it is missing. */
  text(name: string): string | undefined {
    const value = this.#env[`INPUT_${name.toUpperCase()}`]?.trim();
    return value === '' ? undefined : value;
  }

  /** One value per line; undefined when it is missing. */
  lines(name: string): string[] | undefined {
    const lines = this.text(name)
      ?.split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    return lines;
  }

  /** @throws ArchiveError `USAGE` naming the input and the allowed values. */
  choice<T extends string>(name: string, allowed: readonly T[], byDefault: T): T {
    const value = this.text(name) ?? byDefault;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw invalidInput(name, `is "${value}"; use ${allowed.join(', ')}`);
    return found;
  }

  /** @throws ArchiveError `USAGE` for anything but true and false. */
  flag(name: string, byDefault: boolean): boolean {
    const value = this.text(name)?.toLowerCase() ?? String(byDefault);
    if (value !== 'true' && value !== 'false') throw invalidInput(name, `is "${value}"; use true or false`);
    return value === 'true';
  }

  /** @throws ArchiveError `USAGE` for anything but a whole number in the range. */
  count(name: string, { min, max }: { min: number; max: number }): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const count = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!(count >= min && count <= max)) throw invalidInput(name, `is "${value}"; use a number from ${min} to ${max}`);
    return count;
  }

  /** @throws ArchiveError `USAGE` when it is missing. */
  required(name: string, what: string): string {
    const value = this.text(name);
    if (value === undefined) throw invalidInput(name, `is missing; it needs ${what}`);
    return value;
  }
}

export function invalidInput(name: string, what: string): ArchiveError {
  return new ArchiveError('USAGE', `The input "${name}" ${what}.`);
}

/** Runs an action on one input; its errors, or those with the code, then name the input. */
export async function about<T>(name: string, action: () => T | Promise<T>, code?: ErrorCode): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ArchiveError) || error.code !== (code ?? error.code)) throw error;
    throw new ArchiveError(error.code, `The input "${name}" cannot be used: ${error.message}`, error);
  }
}
