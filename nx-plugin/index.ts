/** What `infospace-archive/nx-plugin` in the plugins of nx.json loads. It must stay light: it runs with every graph. */
export { createNodes, createNodesV2, name } from './create-nodes.ts';
export type { PluginOptions } from './plugin-options.ts';
