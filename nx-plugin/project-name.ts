/**
 * The name that a folder has in the workspace whatever the infospace in it is called: files of Nx and of npm come first.
 *
 * @param read the text of a file in the folder, or nothing.
 */
export function givenProjectName(read: (file: string) => string | null | undefined): string | undefined {
  return nameIn(read('project.json')) ?? nameIn(read('package.json'));
}

function nameIn(text: string | null | undefined): string | undefined {
  try {
    const { name, nx } = JSON.parse(text ?? '{}') as { name?: string; nx?: { name?: string } };
    return nx?.name ?? name;
  } catch {
    // With comments in it, or broken: Nx will tell of the one, and the slug does for the other.
    return undefined;
  }
}
