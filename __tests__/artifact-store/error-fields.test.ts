import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { repository } from '../infospace/fixtures.ts';

/** A value in a sentence is also a field of this name. Faces that show errors as pages and annotations do not use it. */
const FIELDS = ['path', 'target', 'packageId', 'key'];
const FOLDERS = ['src/artifact-store', 'src/infospace', 'src/terminal'];

function sources(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  ).filter((name) => name.endsWith('.ts'));
}

/** The values in the sentences of errors without fields. */
function sentencesWithoutFields(file: string): string[] {
  const found: string[] = [];
  const text = readFileSync(join(repository, file), 'utf8');
  const visitor = new Visitor({
    NewExpression({ callee, arguments: given, start }) {
      if (callee.type !== 'Identifier' || callee.name !== 'ArchiveError' || given.length > 3) return;
      const sentence = given[1]!;
      const named = [
        ...text.slice(sentence.start, sentence.end).matchAll(/\$\{(?:JSON\.stringify\()?(?:\w+\.)*(\w+)\)?\}/g),
      ];
      for (const [, name] of named) {
        if (FIELDS.includes(name!)) found.push(`${file}:${text.slice(0, start).split('\n').length} ${name}`);
      }
    },
  });
  visitor.visit(parseSync(file, text).program);
  return found;
}

test('an error whose sentence names a file, a package or an object has a field for it', () => {
  expect(sources().flatMap(sentencesWithoutFields)).toEqual([]);
});
