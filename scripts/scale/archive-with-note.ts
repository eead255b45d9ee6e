/**
 * Archives with a note that is too long for a program argument: like the command `archive <root>`, with the length of the note
 * in SCALE_NOTE_BYTES.
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
