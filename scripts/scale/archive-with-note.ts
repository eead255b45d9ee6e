/**
 * Archives with a note that is longer than an argument of a program may be: as the command line, `archive <root>`, with the
 * length of the note in SCALE_NOTE_BYTES.
 */
import { parseArgs } from 'node:util';
import { archiveInfospace } from '../../src/index.ts';

const { values, positionals } = parseArgs({
  options: { quiet: { type: 'boolean' }, 'retention-class': { type: 'string' } },
  allowPositionals: true,
});
await archiveInfospace(positionals[1]!, {
  note: 'a long note'.padEnd(Number(process.env['SCALE_NOTE_BYTES']), ' and more'),
  retentionClass: values['retention-class'],
});
