/**
 * The module that `infospace-archive/nx-plugin` in the plugins of nx.json loads. It must load fast, since it runs with every project graph.
 */
export { createNodes, createNodesV2, name } from './create-nodes.ts';
export type { PluginOptions } from './plugin-options.ts';
