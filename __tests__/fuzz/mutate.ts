const MAX_INPUT_BYTES = 16 * 1024;

/** A sequence of pseudo-random numbers from a seed (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Random = ReturnType<typeof randomOf>;
type Mutation = (input: Buffer, random: Random, others: readonly Buffer[], words: readonly string[]) => Buffer;

const EDGES = [0, 1, 0x17, 0x18, 0x1b, 0x1f, 0x20, 0x40, 0x5b, 0x7f, 0x80, 0x9b, 0xa0, 0xbb, 0xc0, 0xdf, 0xf7, 0xff];

function splice(input: Buffer, at: number, length: number, put: Uint8Array): Buffer {
  return Buffer.concat([input.subarray(0, at), put, input.subarray(at + length)]);
}

const MUTATIONS: readonly Mutation[] = [
  (input, random) => {
    const changed = Buffer.from(input);
    const at = random(input.length);
    changed[at]! ^= 1 << random(8);
    return changed;
  },
  (input, random) => {
    const changed = Buffer.from(input);
    changed[random(input.length)] = EDGES[random(EDGES.length)]!;
    return changed;
  },
  (input, random) => {
    const changed = Buffer.from(input);
    const at = random(input.length);
    changed[at] = changed[at]! + random(35) - 17;
    return changed;
  },
  (input, random) => splice(input, random(input.length), 1 + random(8), Buffer.alloc(0)),
  (input, random) => splice(input, random(input.length), 0, Buffer.from([EDGES[random(EDGES.length)]!])),
  (input, random) => input.subarray(0, random(input.length)),
  (input, random, _, words) =>
    splice(input, random(input.length), 0, Buffer.from(words[random(words.length)]!, 'latin1')),
  (input, random, _, words) => {
    const word = Buffer.from(words[random(words.length)]!, 'latin1');
    return splice(input, random(input.length), word.length, word);
  },
  (input, random) => {
    const from = random(input.length);
    const part = input.subarray(from, from + 1 + random(64));
    return splice(input, random(input.length), random(2) * part.length, part);
  },
  (input, random, others) => {
    const other = others[random(others.length)]!;
    return Buffer.concat([input.subarray(0, random(input.length)), other.subarray(random(other.length + 1))]);
  },
];

/** Makes a new input from one of the existing ones by a few changes. */
export function mutate(inputs: readonly Buffer[], words: readonly string[], random: Random): Buffer {
  let input = inputs[random(inputs.length)]!;
  for (let changes = 1 + random(4); changes > 0; changes--) {
    if (input.length === 0) input = Buffer.from([random(256)]);
    input = MUTATIONS[random(MUTATIONS.length)]!(input, random, inputs, words);
  }
  return input.subarray(0, MAX_INPUT_BYTES);
}
