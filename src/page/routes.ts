import { ArchiveError } from '../artifact-store/errors.ts';
import type { Answer } from './answer.ts';
import { compareView } from './compare-view.ts';
import { diffView } from './diff-view.ts';
import { fileView } from './file-view.ts';
import { logView } from './log-view.ts';
import { folderView, packageView } from './package-view.ts';
import { packagesView } from './packages-view.ts';
import { rawView } from './raw-view.ts';
import { renderedView } from './rendered-view.ts';
import type { Asked } from './source.ts';
import { versionsView } from './versions-view.ts';

type View = (asked: Asked) => Promise<Answer>;

const VIEWS: Readonly<Record<string, View>> = {
  '/': packagesView,
  '/compare': compareView,
  '/compare/file': diffView,
  '/log': logView,
};

const OF_A_PACKAGE: Readonly<Record<string, View>> = {
  '': packageView,
  files: folderView,
  file: fileView,
  versions: versionsView,
  raw: rawView,
  rendered: renderedView,
};

/** The view of a path, and the name of the package in it. @throws ArchiveError `NOT_FOUND` where there is none. */
export function viewAt(path: string): { view: View; reference: string } {
  if (Object.hasOwn(VIEWS, path)) return { view: VIEWS[path]!, reference: '' };
  const [, reference, name = ''] = /^\/packages\/([^/]+)(?:\/([a-z]+))?$/.exec(path) ?? [];
  if (reference !== undefined && Object.hasOwn(OF_A_PACKAGE, name)) {
    return { view: OF_A_PACKAGE[name]!, reference: decoded(reference) };
  }
  throw new ArchiveError('NOT_FOUND', 'There is no such page; begin with the packages.');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new ArchiveError('USAGE', 'The address is not a valid URL encoding; follow a link of the page.', error);
  }
}
