/**
 * The project name of a folder, regardless of the infospace in it: files of Nx and npm come first.
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
    // Nx reports a broken file; one with comments falls back to the slug.
    return undefined;
  }
}
