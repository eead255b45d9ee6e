import type { DescribedCommand, DescribedOption } from './described.ts';

/** The shells with a completion script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What completes a value, by its placeholder in the help. */
type Values = 'folders' | 'files' | 'packages' | 'none';
const VALUES: Readonly<Record<string, Values>> = {
  dir: 'folders',
  root: 'folders',
  file: 'files',
  bag: 'files',
  place: 'files',
  store: 'files',
  before: 'files',
  after: 'files',
  package: 'packages',
};

/** A script that completes the subcommands, options and values of each command. */
export function completionScript(shell: Shell, program: DescribedCommand): string {
  const commands = withBelow(program);
  const script = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands);
  return `${script}\n`;
}

function withBelow(command: DescribedCommand): DescribedCommand[] {
  return [command, ...command.commands.flatMap(withBelow)];
}

/** A command's name and aliases as the scripts collect its words: each with a space before it. */
function placesOf({ name, aliases }: DescribedCommand): string[] {
  if (name === '') return [''];
  const group = name.slice(0, name.lastIndexOf(' ') + 1);
  return [name, ...aliases.map((alias) => group + alias)].map((place) => ` ${place}`);
}

function allPlaces(commands: readonly DescribedCommand[]): string[] {
  return commands.flatMap(placesOf).filter((place) => place !== '');
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf(' ') + 1);
}

function optionsWith(commands: readonly DescribedCommand[], values: Values): string[] {
  const options = commands.flatMap(({ options }) => options).filter((option) => valuesOf(option) === values);
  return [...new Set(options.flatMap(({ names }) => names))].sort();
}

/** Undefined for an option without a value. */
function valuesOf({ value }: DescribedOption): Values | undefined {
  return value === undefined ? undefined : (VALUES[value] ?? 'none');
}

/** How the arguments of a command are completed; the first argument with a known kind decides. */
function argumentsOf(command: DescribedCommand): { values: Values; choices: readonly string[] } {
  const choices = command.arguments.flatMap((argument) => argument.choices);
  const known = command.arguments.map(({ name }) => VALUES[name.replace(/\.\.\.$/, '')] ?? 'none');
  return { values: known.find((values) => values !== 'none') ?? 'none', choices };
}

function wordsOf(command: DescribedCommand): string[] {
  const { values, choices } = argumentsOf(command);
  const below = command.commands.flatMap((sub) => [sub.name, ...sub.aliases].map(lastWord));
  return [...below, ...choices, ...(values === 'packages' || values === 'files' ? packagesOf(command) : [])];
}

function packagesOf(command: DescribedCommand): string[] {
  return command.arguments.some(({ name }) => ['package', 'before', 'after'].includes(name)) ? ['latest'] : [];
}

/** Quotes a text as one shell word. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function bashScript(commands: readonly DescribedCommand[]): string {
  const cases = commands.map((command) => {
    const { values } = argumentsOf(command);
    const options = command.options.flatMap(({ names }) => names).join(' ');
    return `    ${placesOf(command).map(quoted).join('|')}) words=${quoted(wordsOf(command).join(' '))} options=${quoted(options)} values=${values} ;;`;
  });
  return `# bash completion of infospace-archive: source <(infospace-archive completion bash)
_infospace_archive() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} place='' word words='' options='' values=none i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$place $word" in
      ${allPlaces(commands).map(quoted).join('|')}) place="$place $word" ;;
    esac
  done
  case "$place" in
${cases.join('\n')}
  esac
  case "$prev" in
    ${optionsWith(commands, 'folders').join('|')}) words='' options='' values=folders ;;
    ${optionsWith(commands, 'files').join('|')}) words='' options='' values=files ;;
    ${optionsWith(commands, 'packages').join('|')}) words=latest options='' values=none ;;
    ${optionsWith(commands, 'none').join('|')}) COMPREPLY=(); return ;;
  esac
  local IFS=$'\\n'
  if [[ $cur == -* ]]; then
    COMPREPLY=($(IFS=' '; compgen -W "$options" -- "$cur"))
    return
  fi
  COMPREPLY=($(IFS=' '; compgen -W "$words" -- "$cur"))
  case $values in
    folders) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$cur")) ;;
    files) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")) ;;
  esac
}
complete -F _infospace_archive infospace-archive`;
}

/** An item for \`_describe\`, where an unescaped colon ends the word. */
function zshItem(word: string, description: string): string {
  return quoted(`${word.replaceAll(':', '\\:')}:${description}`);
}

function zshScript(commands: readonly DescribedCommand[]): string {
  const cases = commands.map((command) => {
    const { values, choices } = argumentsOf(command);
    const words = [
      ...command.commands.flatMap((sub) =>
        [sub.name, ...sub.aliases].map((name) => zshItem(lastWord(name), sub.description)),
      ),
      ...choices.map((choice) => zshItem(choice, 'choice')),
      ...packagesOf(command).map((word) => zshItem(word, 'the newest package')),
    ];
    const options = command.options.flatMap(({ names, description }) =>
      names.map((name) => zshItem(name, description)),
    );
    return `    (${placesOf(command).map(quoted).join('|')})
      items=(${words.join(' ')})
      options=(${options.join(' ')})
      values=${values} ;;`;
  });
  return `#compdef infospace-archive
# zsh completion of infospace-archive: infospace-archive completion zsh > a file _infospace-archive in $fpath,
# or source <(infospace-archive completion zsh)
_infospace_archive() {
  local place='' word values=none i
  local -a items options
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    case "$place $word" in
      (${allPlaces(commands).map(quoted).join('|')}) place="$place $word" ;;
    esac
  done
  case "$place" in
${cases.join('\n')}
  esac
  case "\${words[CURRENT-1]}" in
    (${optionsWith(commands, 'folders').join('|')}) _files -/; return ;;
    (${optionsWith(commands, 'files').join('|')}) _files; return ;;
    (${optionsWith(commands, 'packages').join('|')}) items=('latest:the newest package'); _describe package items; return ;;
    (${optionsWith(commands, 'none').join('|')}) _message value; return ;;
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o option options
    return
  fi
  (( $#items )) && _describe command items
  case $values in
    (folders) _files -/ ;;
    (files) _files ;;
  esac
}
if [[ \${funcstack[1]} == _infospace-archive ]]; then
  _infospace_archive "$@"
else
  compdef _infospace_archive infospace-archive
fi`;
}

function fishScript(commands: readonly DescribedCommand[]): string {
  const lines = commands.flatMap((command) => {
    const at = `complete -c infospace-archive -n ${fishQuoted(`__infospace_archive_at ${placesOf(command).map(fishQuoted).join(' ')}`)}`;
    const { values, choices } = argumentsOf(command);
    return [
      ...command.commands.flatMap((sub) =>
        [sub.name, ...sub.aliases].map((name) => `${at} -a ${lastWord(name)} -d ${fishQuoted(sub.description)}`),
      ),
      ...[...choices, ...packagesOf(command)].map((word) => `${at} -a ${word}`),
      ...(values === 'folders' ? [`${at} -a '(__fish_complete_directories)'`] : []),
      ...(values === 'files' ? [`${at} -F`] : []),
      ...command.options.map((option) => `${at} ${fishOption(option)}`),
    ];
  });
  return `# fish completion of infospace-archive: infospace-archive completion fish | source
function __infospace_archive_at
  set -l place ''
  for word in (commandline -opc)[2..-1]
    switch "$place $word"
      case ${allPlaces(commands).map(fishQuoted).join(' ')}
        set place "$place $word"
    end
  end
  contains -- "$place" $argv
end
complete -c infospace-archive -f
${lines.join('\n')}`;
}

function fishOption(option: DescribedOption): string {
  const names = option.names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const values: Record<Values, string> = {
    folders: " -x -a '(__fish_complete_directories)'",
    files: ' -r -F',
    packages: ' -x -a latest',
    none: ' -x',
  };
  const taken = valuesOf(option);
  return `${names.join(' ')} -d ${fishQuoted(option.description)}${taken === undefined ? '' : values[taken]}`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
