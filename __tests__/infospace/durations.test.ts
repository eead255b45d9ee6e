import { parseDays, parseDuration } from '../../src/infospace/durations.ts';
import { parseTime } from '../../src/infospace/parse-time.ts';
import { refusal } from '../infospace/fixtures.ts';

test.each([
  ['2030-01-31', '2030-01-31T00:00:00.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ['2030-01-31T12:30:00Z', '2030-01-31T12:30:00.000Z'],
  ['2030-01-31t12:30:00.25z', '2030-01-31T12:30:00.250Z'],
  ['2030-01-31 12:30:00+02:00', '2030-01-31T10:30:00.000Z'],
  ['2030-01-31T23:30:00-05:30', '2030-02-01T05:00:00.000Z'],
])('%s is a valid time', (text, time) => {
  expect(parseTime(text).toISOString()).toBe(time);
});

test.each([
  '',
  'tomorrow',
  '2030',
  '2030-1-31',
  '2030-02-30',
  '2029-02-29',
  '2030-13-01',
  '2030-02-30T12:00:00Z',
  '2030-01-31T12:30',
  '2030-01-31T12:30:00',
  '2030-01-31T24:00:00Z',
  '2030-01-31T12:30:60Z',
  '2030-01-31T12:30:00+25:00',
  '+010000-01-01',
  ' 2030-01-31',
  '2030-01-31\n',
])('%j is an invalid time', (text) => {
  expect(() => parseTime(text)).toThrow(refusal('USAGE', 'RFC 3339') as Error);
});

test.each([
  ['0', 0],
  ['0s', 0],
  ['30s', 30_000],
  ['90m', 5_400_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('%s is a valid duration', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(['', '24', 'h', '-1h', '1.5h', '1h30m', '24 h', '24H', '1w', '9999999d', '1h\n'])(
  '%j is an invalid duration',
  (text) => {
    expect(() => parseDuration(text)).toThrow(refusal('USAGE', '24h') as Error);
  },
);

test('days are whole numbers within limits', () => {
  expect([parseDays('1'), parseDays('365250')]).toEqual([1, 365_250]);
  for (const text of ['', '0', '-1', '1.5', '1e3', '7d', '365251']) {
    expect(() => parseDays(text)).toThrow(refusal('USAGE', '365250') as Error);
  }
});
