import { type DescribedCommand, type DescribedOption, leavesOf } from './described.ts';

/** The manual page, in the man macros that both groff and mandoc read. */
export function manPage(program: DescribedCommand, version: string, exitCodes: string): string {
  const groups = [...new Set(program.commands.map(({ group }) => group))];
  return [
    `.TH INFOSPACE\\-ARCHIVE 1 "" ${quoted(`infospace-archive ${version}`)} ${quoted('User Commands')}`,
    '.SH NAME',
    `infospace\\-archive \\- ${escaped(lowerFirst(program.description.replace(/\.$/, '')))}`,
    '.SH SYNOPSIS',
    '.B infospace\\-archive',
    '.I command',
    '[\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    ...paragraphs(program.about.split(/^Exit codes:$/m)[0]!),
    ...groups.flatMap((group) => [
      `.SH ${(group ?? 'Other').toUpperCase()}`,
      ...program.commands
        .filter((command) => command.group === group)
        .flatMap(leavesOf)
        .flatMap(section),
    ]),
    '.SH EXIT STATUS',
    '.nf',
    ...exitCodes.split('\n').map(escaped),
    '.fi',
    '.SH ENVIRONMENT',
    'ARTIFACTSTORE_* variables name the store. NO_COLOR turns colour off, INFOSPACE_PAGER or PAGER names the pager.',
    '.SH EXAMPLES',
    ...examplesOf(program),
    '',
  ].join('\n');
}

function section(command: DescribedCommand): string[] {
  const words = command.arguments.map(({ name, isRequired, isVariadic }) => {
    const shown = `\\fI${escaped(name)}\\fR${isVariadic ? '...' : ''}`;
    return isRequired ? shown : `[${shown}]`;
  });
  return [
    `.SS ${quoted(`infospace-archive ${command.name}`)}`,
    `\\fB${escaped(command.name)}\\fR [\\fIoptions\\fR] ${words.join(' ')}`.trimEnd(),
    '.PP',
    `${escaped(`${command.description.charAt(0).toUpperCase()}${command.description.slice(1)}.`)}`,
    ...command.arguments.flatMap(({ name, description }) => ['.TP', `\\fI${escaped(name)}\\fR`, escaped(description)]),
    ...command.options.flatMap(optionLines),
    ...(command.about === '' ? [] : paragraphs(command.about)),
    ...examplesOf(command),
  ];
}

function optionLines({ flags, description }: DescribedOption): string[] {
  return ['.TP', `\\fB${escaped(flags)}\\fR`, escaped(description)];
}

function paragraphs(text: string): string[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .flatMap((paragraph) => ['.PP', ...paragraph.split('\n').flatMap(line)]);
}

/** Indented lines belong to a table and keep their line breaks. */
function line(text: string): string[] {
  return text.startsWith(' ') ? [escaped(text), '.br'] : [escaped(text)];
}

function examplesOf({ examples }: DescribedCommand): string[] {
  return examples.length === 0 ? [] : ['.PP', '.EX', ...examples.join('\n').split('\n').map(escaped), '.EE'];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '""')}"`;
}

/** Escapes a leading period or apostrophe, which would make the line a macro. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}
