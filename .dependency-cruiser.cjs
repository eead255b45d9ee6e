/** The layers of the code; CONTRIBUTING.md has the table. Each rule names who may not import whom. */
const store = '^src/artifact-store';

/** What the infospace layer and the faces may know of the store. */
const storeFace = `${store}/(abort|event-loop|check-source|registry|recorded-event|hash-files|map-ahead|new-package|open-store|init-store|store-key|outside-fields|outside-file|config|secrets|errors|source|source-faults|package-names|package-reader|store-reader)\\.ts$|${store}/maintenance/(check-finding|check-store|rebuild-store|repair-store)\\.ts$|${store}/bag/(layout|read-bag|check-bag|tag-text)\\.ts$|${store}/manifest/(differing|lookup|model)\\.ts$|${store}/retention/(classes|state)\\.ts$|${store}/files/(disk-faults|process-mark|file-system-time|staged-names|temporary-folder|whole-file)\\.ts$|${store}/storage/(durable-directory|sync-file)\\.ts$`;

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
      from: { path: '^(src|nx-plugin)', pathNot: '^src/action/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm-peer'],
        pathNot: 'node_modules/@types/',
      },
    },
    {
      name: 'store-knows-nothing-above',
      severity: 'error',
      from: { path: store },
      to: { path: '^nx-plugin|^src/(?!artifact-store)' },
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
      name: 'infospace-knows-no-face',
      severity: 'error',
      from: { path: '^src/infospace' },
      to: { path: '^nx-plugin|^src/(?!artifact-store|infospace)' },
    },
    {
      name: 'terminal-knows-no-face',
      severity: 'error',
      from: { path: '^src/terminal' },
      to: { path: '^nx-plugin|^src/(?!artifact-store|infospace|terminal)' },
    },
    {
      name: 'report-knows-no-face',
      severity: 'error',
      from: { path: '^src/report/' },
      to: { path: '^nx-plugin|^src/(?!artifact-store|infospace|terminal|page|report)' },
    },
    {
      name: 'page-knows-no-face',
      severity: 'error',
      from: { path: '^src/page/' },
      to: { path: '^nx-plugin|^src/(?!artifact-store|infospace|terminal|page)' },
    },
    {
      name: 'page-starts-late',
      comment: 'No other command loads it.',
      severity: 'error',
      from: { path: '^src/cli/|^src/terminal/' },
      to: { path: '^src/page/|node_modules/marked/', dynamic: false },
    },
    {
      name: 'faces-know-not-each-other',
      severity: 'error',
      from: { path: '^(src/cli|src/action|nx-plugin)/' },
      to: { path: '^(src/cli|src/action|src/index\\.ts|nx-plugin)', pathNot: '^$1/' },
    },
    {
      name: 'plugin-starts-light',
      comment: 'Nx loads it with every graph and every help text; what is heavy, a task imports when it runs.',
      severity: 'error',
      from: { path: '^nx-plugin/', pathNot: '^nx-plugin/generators/' },
      to: {
        path: '^src/infospace/(?!contract|slug)|^src/artifact-store/(?!errors|outside-file)|node_modules',
        dependencyTypesNot: ['type-only'],
        dynamic: false,
      },
    },
    {
      name: 'plugin-needs-no-nx',
      severity: 'error',
      from: { path: '^nx-plugin/' },
      to: { path: 'node_modules/(nx|@actions)/|@nx/devkit/.*internal' },
    },
    {
      name: 'only-the-face-of-the-store',
      severity: 'error',
      from: { path: '^nx-plugin|^src/(?!artifact-store)' },
      to: { path: store, pathNot: storeFace },
    },
    {
      name: 'infospace-has-no-storage',
      severity: 'error',
      from: { path: '^nx-plugin|^src/(?!artifact-store)' },
      to: { path: 'node_modules/(better-sqlite3|kysely|pg|@aws-sdk|simple-git|isomorphic-git)' },
    },
    {
      name: 'adapters-from-open-store-only',
      severity: 'error',
      from: { path: store, pathNot: '/open-store\\.ts$|/storage/(s3|s3-.+|local|git|git-.+|open-git)\\.ts$' },
      to: {
        path: `${store}/(storage/(?!(backend|durable-directory|get-if-any|keys|object-faults|read-sound|git-settings|s3-settings|storage-clock|sync-file)\\.ts)|database/(sqlite|postgres)\\.ts)`,
      },
    },
    {
      name: 'base-knows-no-stage',
      severity: 'error',
      from: { path: `${store}/(identity|encoding|encryption|files|storage|database)/` },
      to: {
        path: `${store}/(log|commit|manifest|packs|retention|bag|garbage|maintenance)/|${store}/[^/]+\\.ts$`,
        pathNot: '/(abort|errors|event-loop|outside-fields|outside-file)\\.ts$',
      },
    },
    {
      name: 'stages-know-no-registry',
      severity: 'error',
      from: { path: `${store}/(events|manifest|packs|retention|garbage)/` },
      to: {
        path: `${store}/maintenance/|${store}/(registry|store-reader|new-package|open-store|open-package|finalize|store-manifest|contents-needed|package-events|read-package|verify-packages|find-packages|imported-package|stats|config)\\.ts$`,
      },
    },
  ],
  options: {
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'require', 'default'] },
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
  },
};
