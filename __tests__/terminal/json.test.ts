import { Writable } from 'node:stream';
import { printJson } from '../../src/terminal/json.ts';

const real = Object.getOwnPropertyDescriptor(process, 'stdout')!;
afterEach(() => Object.defineProperty(process, 'stdout', real));

/** Passes on the output, piece by piece. */
function print(value: unknown, take: (piece: string) => void): void {
  const stdout = new Writable({ decodeStrings: false, write: (piece, _, done) => done(take(piece) ?? null) });
  Object.defineProperty(process, 'stdout', { configurable: true, value: stdout });
  printJson(value);
}

function printed(value: unknown): string {
  const pieces: string[] = [];
  print(value, (piece) => void pieces.push(piece));
  return pieces.join('');
}

test.each<[what: string, value: unknown]>([
  ['nothing', null],
  ['a text with line ends', 'a\nb'],
  ['an empty list', []],
  ['an empty map', {}],
  ['a list', [1, 'two\n', null, [], {}, [3, [4]], { five: [6], six: undefined }]],
  ['a map with lists', { a: 1, none: undefined, b: [], c: [{ d: [1] }], e: { f: [2], g: {} }, h: null }],
  ['a time within a list', [new Date(0)]],
])('%s is printed like JSON.stringify does', (_, value) => {
  expect(printed(value)).toBe(`${JSON.stringify(value, null, 2)}\n`);
});

test('a generator is printed as a list', () => {
  function* two(): Iterable<object> {
    yield { a: 1 };
    yield { b: 2 };
  }
  expect(printed({ list: two() })).toBe(`${JSON.stringify({ list: [{ a: 1 }, { b: 2 }] }, null, 2)}\n`);
});
