import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  expiryOf,
  findRetentionClass,
  loadRetentionClasses,
  type RetentionClass,
} from '../../../src/artifact-store/retention/classes.ts';
import { useTempDirs } from '../fixtures.ts';

const makeTempDir = useTempDirs();
const SEEDED: RetentionClass[] = [
  { name: 'transient', days: 7 },
  { name: 'raw-evidence', days: 90 },
  { name: 'summary-evidence', days: 365 },
  { name: 'release-evidence', days: 2555 },
  { name: 'permanent-record', days: null },
];

async function configured(toml: string): Promise<string> {
  const file = join(await makeTempDir(), 'retention.toml');
  await writeFile(file, toml);
  return file;
}

test('there are five classes by default', () => {
  expect(loadRetentionClasses(undefined)).toEqual(SEEDED);
});

test('a file changes classes and adds others', async () => {
  const file = await configured(
    '[classes.transient]\ndays = 1\n[classes.raw-evidence]\ndays = "never"\n[classes.team-2]\ndays = 365250\n',
  );
  expect(loadRetentionClasses(file)).toEqual([
    { name: 'transient', days: 1 },
    { name: 'raw-evidence', days: null },
    ...SEEDED.slice(2),
    { name: 'team-2', days: 365_250 },
  ]);
});

test.each(['', '[classes]\n', '[classes.permanent-record]\ndays = "never"\n'])('%j changes nothing', async (toml) => {
  expect(loadRetentionClasses(await configured(toml))).toEqual(SEEDED);
});

test.each([
  ['an unknown table', '[clases.transient]\ndays = 1', '"clases"'],
  ['an unknown key', '[classes.transient]\ndays = 1\nday = 2', '"day"'],
  ['classes that are not tables', 'classes = 3', '[classes.<name>]'],
  ['a class that is not a table', '[classes]\ntransient = 7', '[classes.transient]'],
  ['a class that is a list', '[[classes.transient]]\ndays = 7', '[classes.transient]'],
  ['a class without days', '[classes.team]', '"team"'],
  ['zero days', '[classes.team]\ndays = 0', '"team"'],
  ['negative days', '[classes.team]\ndays = -1', '"team"'],
  ['a fraction of days', '[classes.team]\ndays = 1.5', '"team"'],
  ['days as text', '[classes.team]\ndays = "7"', '"team"'],
  ['more than a thousand years', '[classes.team]\ndays = 365251', '"team"'],
  ['infinite days', '[classes.team]\ndays = inf', '"team"'],
  ['a name in capitals', '[classes.Team]\ndays = 1', '"Team"'],
  ['a name with a space', '[classes."a b"]\ndays = 1', '"a b"'],
  ['a permanent record that expires', '[classes.permanent-record]\ndays = 365250', '"permanent-record"'],
  ['broken TOML', '[classes.team\ndays = 1', 'cannot be read'],
])('a file with %s is refused, and the error names it', async (_, toml, name) => {
  const file = await configured(toml);
  expect(() => loadRetentionClasses(file)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(name) }),
  );
  expect(() => loadRetentionClasses(file)).toThrow(file);
});

test('a missing file is refused, and the error names it', () => {
  expect(() => loadRetentionClasses('/not/there.toml')).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('/not/there.toml') }),
  );
});

test('a class is found by its name, and an unknown one is refused with a list of all', () => {
  expect(findRetentionClass(SEEDED, 'transient')).toBe(SEEDED[0]);
  expect(() => findRetentionClass(SEEDED, 'Transient')).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: expect.stringContaining('transient, raw-evidence, summary-evidence, release-evidence, permanent-record'),
    }),
  );
});

test('with very many classes an error lists some', () => {
  const classes = Array.from({ length: 130_000 }, (_, i) => ({ name: `class-${i}`, days: 1 }));
  expect(findRetentionClass(classes, 'class-129999').days).toBe(1);
  const message = expect.stringMatching(/^There is no .*"x"; choose one of class-0, .*class-19, 129980 more/);
  expect(() => findRetentionClass(classes, 'x')).toThrow(expect.objectContaining({ code: 'USAGE', message }));
});

test('days have 24 hours, across leap years and clock changes', () => {
  const made = new Date('2024-02-28T23:59:59.999Z');
  expect(expiryOf({ name: 'x', days: 2 }, made)).toBe('2024-03-01T23:59:59.999Z');
  expect(expiryOf({ name: 'x', days: 365_250 }, made)).toBe('3024-03-07T23:59:59.999Z');
  expect(expiryOf({ name: 'x', days: null }, made)).toBeNull();
});
