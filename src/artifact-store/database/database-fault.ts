import { ArchiveError } from '../errors.ts';

/** A database file cannot be used. */
export class DatabaseFault extends ArchiveError {
  /** What it holds is no database any more, rather than that it cannot be reached. */
  readonly isDamaged: boolean;

  constructor(message: string, isDamaged: boolean, cause: unknown) {
    super('STORE_UNAVAILABLE', message, cause);
    this.isDamaged = isDamaged;
  }
}
