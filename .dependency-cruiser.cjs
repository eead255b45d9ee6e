/** The layers of the code; CONTRIBUTING.md has the table. Each rule names who may not import whom. */
const store = '^src/artifact-store';

/** What the infospace layer and the faces may know of the store. */
const storeFace = `${store}/(registry|new-package|open-store|config|secrets|errors|source|package-reader)\\.ts$|${store}/bag/(layout|read-bag)\\.ts$|${store}/manifest/model\\.ts$|${store}/retention/(classes|state)\\.ts$`;

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      comment: 'start.cjs stands beside the bundle in dist/, which it imports.',
      severity: 'error',
      from: { pathNot: '^src/action/start\\.cjs$' },
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-dependencies',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/action/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'store-knows-nothing-above',
      severity: 'error',
      from: { path: store },
      to: { path: '^src/(?!artifact-store)' },
    },
    {
      name: 'bundled-dependencies',
      comment: 'dist/ carries what only the Action needs, so that the npm package does not.',
      severity: 'error',
      from: { path: '^src/action/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/(@types|@actions)/',
      },
    },
    {
      name: 'actions-in-the-action-only',
      severity: 'error',
      from: { path: '^src/(?!action/)' },
      to: { path: 'node_modules/@actions/' },
    },
    {
      name: 'render-knows-nothing',
      severity: 'error',
      from: { path: '^src/render/' },
      to: { path: '^src/(?!render/)' },
    },
    {
      name: 'render-for-faces-only',
      severity: 'error',
      from: { path: '^src/(infospace|artifact-store)/' },
      to: { path: '^src/render/' },
    },
    {
      name: 'infospace-knows-no-face',
      severity: 'error',
      from: { path: '^src/infospace' },
      to: { path: '^src/(?!artifact-store|infospace)' },
    },
    {
      name: 'faces-know-not-each-other',
      severity: 'error',
      from: { path: '^src/(cli|action)/' },
      to: { path: '^src/(cli|action)/', pathNot: '^src/$1/' },
    },
    {
      name: 'only-the-face-of-the-store',
      severity: 'error',
      from: { path: '^src/(?!artifact-store)' },
      to: { path: store, pathNot: storeFace },
    },
    {
      name: 'infospace-has-no-storage',
      severity: 'error',
      from: { path: '^src/(?!artifact-store)' },
      to: { path: 'node_modules/(better-sqlite3|kysely|pg|@aws-sdk|simple-git|isomorphic-git)' },
    },
    {
      name: 'adapters-from-open-store-only',
      severity: 'error',
      from: { path: store, pathNot: '/open-store\\.ts$' },
      to: { path: `${store}/(storage/(?!backend\\.ts)|database/sqlite\\.ts)` },
    },
    {
      name: 'base-knows-no-stage',
      severity: 'error',
      from: { path: `${store}/(identity|encoding|storage|database)/` },
      to: { path: `${store}/(events|manifest|packs|retention|bag)/|${store}/[^/]+\\.ts$`, pathNot: '/errors\\.ts$' },
    },
    {
      name: 'stages-know-no-registry',
      severity: 'error',
      from: { path: `${store}/(events|manifest|packs|retention)/` },
      to: { path: `${store}/(registry|new-package|open-store|open-package|read-package|config)\\.ts$` },
    },
  ],
  options: {
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'require', 'default'] },
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
  },
};
