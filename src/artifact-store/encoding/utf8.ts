/**
 * Orders texts by their UTF-8 bytes. JavaScript compares UTF-16 code units, which differs where surrogates meet
 * U+E000 to U+FFFF; moving the surrogates past them restores the order of code points, and so of UTF-8.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Binary search among `count` texts in that order. @returns the index of the text; undefined if it is missing. */
export function searchUtf8(count: number, textAt: (index: number) => string, text: string): number | undefined {
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const order = compareUtf8(textAt(middle), text);
    if (order === 0) return middle;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return undefined;
}

function codePointRank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
