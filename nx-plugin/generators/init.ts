import type { Tree } from '@nx/devkit';
import { ATTRIBUTES_FILE, INDEX_FILE, STORE_FOLDER } from '../../src/infospace/contract.ts';
import { PLUGIN } from '../plugin-options.ts';
import { addLines, format, updateJson } from './workspace-files.ts';

/** The options in init.json. */
export interface InitOptions {
  skipFormat?: boolean;
}

/** Matches at any depth: a pattern with a slash inside is otherwise relative to the top. */
const STORES = `**/${STORE_FOLDER}/`;
/** An archive writes its record there, which changes no content and must not make anything affected. */
const INDEXES: readonly string[] = [`**/${INDEX_FILE}`, `**/${ATTRIBUTES_FILE}`];

/** Registers the plugin and keeps stores out of git and of the project graph. */
export default async function init(tree: Tree, { skipFormat }: InitOptions = {}): Promise<void> {
  await updateJson(tree, 'nx.json', (nxJson) => {
    const plugins = Array.isArray(nxJson['plugins']) ? (nxJson['plugins'] as unknown[]) : [];
    return plugins.some(isThisPlugin) ? nxJson : { ...nxJson, plugins: [...plugins, PLUGIN] };
  });
  addLines(tree, '.gitignore', [STORES]);
  addLines(tree, '.nxignore', [STORES, ...INDEXES]);
  await format(tree, skipFormat);
}

function isThisPlugin(entry: unknown): boolean {
  return (
    entry === PLUGIN || (typeof entry === 'object' && entry !== null && 'plugin' in entry && entry.plugin === PLUGIN)
  );
}
