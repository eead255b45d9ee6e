/**
 * The command that restores a package. Relative paths are relative to the working folder of the caller.
 *
 * @param target is not quoted: it may be a placeholder.
 */
export function restoreCommandLine(
  packageId: string,
  { root, storeRoot }: { root: string; storeRoot?: string | undefined },
  target: string,
): string {
  const from = storeRoot === undefined ? ['--from', root] : ['--store-root', storeRoot];
  const words = ['infospace-archive', 'restore', packageId, ...from].map(shellQuoted);
  return `${words.join(' ')} --target ${target}`;
}

function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
