import { Writable } from 'node:stream';
import { printJson } from '../../src/terminal/json.ts';

const real = Object.getOwnPropertyDescriptor(process, 'stdout')!;
afterEach(() => Object.defineProperty(process, 'stdout', real));

test('a list longer than the maximum length of a string is printed', () => {
  const item = 'x'.repeat(8 * 1024 * 1024);
  let characters = 0;
  const stdout = new Writable({
    decodeStrings: false,
    write(piece, _, done) {
      characters += piece.length;
      done();
    },
  });
  Object.defineProperty(process, 'stdout', { configurable: true, value: stdout });
  printJson(new Array<string>(70).fill(item));
  expect(characters).toBeGreaterThan(70 * item.length);
});
