import { ArchiveError } from '../errors.ts';

/** A database file cannot be used. */
export class DatabaseFault extends ArchiveError {
  /** Whether the file is damaged or not a database, rather than unreachable. */
  readonly isDamaged: boolean;

  constructor(message: string, isDamaged: boolean, cause: unknown) {
    super('STORE_UNAVAILABLE', message, cause);
    this.isDamaged = isDamaged;
  }
}
