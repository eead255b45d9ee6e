/** A change of the sources that some test is to notice. */
export interface Mutation {
  name: string;
  /** Below the repository. */
  file: string;
  /** Changes the text of the file. @throws Error when it has no place there any more. */
  change: (text: string) => string;
  /** Patterns of the test files that are to notice it. */
  tests: readonly string[];
}

/** Puts a text in the place of another one, which must be there once. */
export function replacing(file: string, from: string, to: string): (text: string) => string {
  return (text) => {
    const [before, after, ...more] = text.split(from);
    if (after === undefined || more.length > 0) {
      throw new Error(`${file} has ${after === undefined ? 'no' : 'more than one'} ${JSON.stringify(from)}`);
    }
    return `${before}${to}${after}`;
  };
}
