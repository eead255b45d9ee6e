import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The process was told to end. Thrown into what it does, which is then taken back as after any failure. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`Stopped by ${signal}; run it again.`);
    this.name = 'Interrupted';
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Notes a signal that tells the process to end, instead of ending it; a second one does end it. */
export class InterruptionWatch {
  #signal: NodeJS.Signals | undefined;
  readonly #note = (signal: NodeJS.Signals): void => {
    this.end();
    this.#signal = signal;
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#note);
  }

  /** @throws Interrupted when there was one. */
  check(): void {
    if (this.#signal !== undefined) throw new Interrupted(this.#signal);
  }

  end(): void {
    for (const signal of SIGNALS) process.off(signal, this.#note);
  }
}
