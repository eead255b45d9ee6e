import {
  isClassName,
  isContentAddress,
  isCount,
  isDay,
  isDigest,
  isName,
  isPackageId,
  isStoredTime,
  isTime,
  isUuid,
} from '../../src/artifact-store/outside-fields.ts';

const V7 = '01890a5d-ac96-774b-bcce-b302099a8057';
const V4 = '0b9d2f1e-33c4-4d0a-9a57-000102030405';
const HEX = 'a0'.repeat(32);
const HOSTILE = ['', '\n', 'x\n::stop-commands::x', '\u202e', null, undefined, {}, []];

/** Seen to fail: an index of a pull request named a package by a UUID of version 4, and had the 30th of February. */
test.each<[field: (value: unknown) => boolean, taken: unknown[], refused: unknown[]]>([
  [isUuid, [V7, V4], [V7.toUpperCase(), `${V7}\n`, V7.slice(1), V7.replaceAll('-', '')]],
  [isPackageId, [V7], [V4, V7.toUpperCase(), `${V7}\n`, ` ${V7}`, V7.replace('-bcce', '-ccce')]],
  [isDigest, [HEX], [HEX.toUpperCase(), `${HEX}\n`, HEX.slice(2), `blake3:${HEX}`]],
  [isContentAddress, [`blake3:${HEX}`], [HEX, `sha256:${HEX}`, `blake3:${HEX}0`, `BLAKE3:${HEX}`]],
  [
    isTime,
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.123456789+05:30', '2024-02-29T23:59:59.5-00:00'],
    ['2026-01-31', '2026-02-30T12:00:00Z', '2026-13-01T12:00:00Z', '2026-01-31T24:00:00Z', '2026-01-31T12:00:00'],
  ],
  [
    isStoredTime,
    ['2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000+00:00', '2026-02-30T12:00:00.000Z', '2026-01-31T12:00:00.000Z\n'],
  ],
  [(value) => isDay(String(value)), ['2026-01-31'], ['2026-02-30', '2026-1-31', '2026-01-31T12:00:00Z']],
  [isCount, [0, 2 ** 53 - 1], [-1, 0.5, 2 ** 53, Number.NaN, '1']],
  [isClassName, ['permanent-record', 'a1'], ['a--b', '-a', 'A', 'a\n', 'a'.repeat(1025)]],
  [isName, ['infospace-bench', 'ü', 'x'.repeat(1024)], ['a\nb', 'a\u202eb', 'a\u001b[31m', 'ü'.repeat(513)]],
])('%p accepts valid values and no others', (field, taken, refused) => {
  expect(taken.filter((value) => !field(value))).toEqual([]);
  expect([...refused, ...HOSTILE].filter(field)).toEqual([]);
});
