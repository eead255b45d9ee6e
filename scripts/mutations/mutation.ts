/** A change of the sources that some test must find. */
export interface Mutation {
  name: string;
  /** Path in the repository. */
  file: string;
  /** Changes the text of the file. @throws Error when it no longer applies. */
  change: (text: string) => string;
  /** Patterns of the test files that must find it. */
  tests: readonly string[];
}

/** Replaces a text, which must occur exactly once. */
export function replacing(file: string, from: string, to: string): (text: string) => string {
  return (text) => {
    const [before, after, ...more] = text.split(from);
    if (after === undefined || more.length > 0) {
      throw new Error(`${file} has ${after === undefined ? 'no' : 'more than one'} ${JSON.stringify(from)}`);
    }
    return `${before}${to}${after}`;
  };
}
