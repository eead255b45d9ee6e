/** The process was told to end. The reason why a command that can be stopped was. */
export class Interrupted extends Error {
  readonly signal: NodeJS.Signals;
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals, exitCode: number) {
    super(`Stopped by ${signal}; run it again.`);
    this.name = 'Interrupted';
    this.signal = signal;
    this.exitCode = exitCode;
  }
}
