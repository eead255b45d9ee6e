/**
 * What brings a package back, typed in the folder from which the paths lead to the infospace or its store.
 *
 * @param target stands there as it is.
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
