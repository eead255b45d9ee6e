import { Inputs } from '../../src/action/inputs.ts';

const inputs = new Inputs({
  INPUT_ROOT: ' guide ',
  INPUT_NOTE: '',
  INPUT_INCLUDE: '\n  reports\n\n output/**/*.json \n',
  'INPUT_IF-NO-FILES-FOUND': 'warn',
  INPUT_FORCE: 'True',
  INPUT_SUMMARY: 'yes',
  INPUT_DAYS: '90',
  INPUT_MANY: '9.5',
});

/** Matches a sentence with all of these words. */
function fault(...words: string[]): RegExp {
  return new RegExp(words.join('.*'));
}

test('text is trimmed, and an empty input counts as absent', () => {
  expect(inputs.text('root')).toBe('guide');
  expect(inputs.text('note')).toBeUndefined();
  expect(inputs.text('subject')).toBeUndefined();
  expect(inputs.required('root', 'a folder')).toBe('guide');
  expect(() => inputs.required('note', 'a text')).toThrow(fault('"note"', 'a text'));
});

test('lists have one value a line', () => {
  expect(inputs.lines('include')).toEqual(['reports', 'output/**/*.json']);
  expect(inputs.lines('exclude')).toBeUndefined();
});

test('a choice is one of its values', () => {
  expect(inputs.choice('if-no-files-found', ['error', 'warn'], 'error')).toBe('warn');
  expect(inputs.choice('workflow-artifact', ['auto', 'never'], 'auto')).toBe('auto');
  expect(() => inputs.choice('root', ['a', 'b'], 'a')).toThrow(fault('"root"', '"guide"', 'a, b'));
});

test('a flag is true or false', () => {
  expect(inputs.flag('force', false)).toBe(true);
  expect(inputs.flag('skip-unchanged', false)).toBe(false);
  expect(() => inputs.flag('summary', true)).toThrow(fault('"summary"', 'true or false'));
});

test('a count is a whole number in its range', () => {
  expect(inputs.count('days', { min: 1, max: 90 })).toBe(90);
  expect(inputs.count('none', { min: 1, max: 90 })).toBeUndefined();
  for (const name of ['many', 'root']) {
    expect(() => inputs.count(name, { min: 1, max: 90 })).toThrow(fault(`"${name}"`, '1 to 90'));
  }
  expect(() => inputs.count('days', { min: 1, max: 89 })).toThrow(fault('"days"'));
});
