import { Session } from 'node:inspector';

/** The sources, and the parsers that they pass bytes on to. */
const COUNTED = /\/(src|node_modules\/(yaml|smol-toml|canonicalize))\/.*$/;

/** Coverage of the sources by V8's counters: each branch, and roughly how often it ran. */
export class Coverage {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** The coverage since the last call. */
  take(): string[] {
    const features: string[] = [];
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error) throw error;
      for (const { url, functions } of taken.result) {
        const [file] = COUNTED.exec(url) ?? [];
        if (file === undefined) continue;
        for (const { ranges } of functions) {
          for (const { startOffset, count } of ranges) {
            if (count > 0) features.push(`${file}:${startOffset}:${32 - Math.clz32(count)}`);
          }
        }
      }
    });
    return features;
  }
}
