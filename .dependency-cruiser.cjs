// Imports point one way. Each rule carries the reason; docs/architecture.md has the picture.
const room = (...names) => `^(${names.join('|')})/`

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle has no reading order.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'firmware-stays-small',
      comment: 'Every byte lands in the interpreter; TypeBox, decoders for servers and npm are for node rooms.',
      severity: 'error',
      from: { path: '^firmware/(?!host/)' },
      to: {
        path: '^(shared/(schema|port|doctor)|gateway|backend|installer|firmware/host|node_modules)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'cores-do-no-io',
      comment: 'Time, chance and I/O arrive as arguments; see docs/architecture.md.',
      severity: 'error',
      from: { path: '^shared/' },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'shared-imports-nothing',
      comment: 'Two machines must agree on shared/; only the schemas may use typebox.',
      severity: 'error',
      from: { path: '^shared/(?!schema/)' },
      to: { path: '^(firmware|installer|gateway|backend|test|scripts|bench|node_modules)/' },
    },
    ...['kernel', 'telegram', 'reading', 'batch', 'envelope', 'session'].flatMap((name, index, order) =>
      index === order.length - 1
        ? []
        : [
            {
              name: `${name}-knows-nothing-later`,
              comment:
                'In shared a reading goes kernel, telegram, reading, batch, envelope, session; nobody looks ahead.',
              severity: 'error',
              from: { path: `^shared/${name}/` },
              // telegram fills the reading's table of fields, so the names (types and the table) may be read from there
              to: {
                path: `^shared/(${order.slice(index + 1).join('|')})/`,
                pathNot: '^shared/reading/(fields|reading|slots)\\.ts$',
              },
            },
          ],
    ),
    {
      name: 'schema-is-for-node-rooms',
      comment: 'TypeBox schemas describe what the cores define; the cores do not know them.',
      severity: 'error',
      from: { path: '^shared/(?!schema/)' },
      to: { path: '^shared/schema/' },
    },
    {
      name: 'gateway-and-backend-meet-at-ports',
      comment:
        'They run in one process or apart; composed in scripts/start.ts or installer/serve, never by importing insides.',
      severity: 'error',
      from: { path: '^gateway/' },
      to: { path: room('backend', 'firmware', 'installer') },
    },
    {
      name: 'backend-knows-no-gateway',
      comment: 'See gateway-and-backend-meet-at-ports.',
      severity: 'error',
      from: { path: '^backend/' },
      to: { path: room('gateway', 'firmware', 'installer') },
    },
    {
      name: 'only-serve-starts-halves',
      comment:
        'What runs a half, or works on its database, is composed in installer/serve; every other command knows shared/ only.',
      severity: 'error',
      from: { path: '^installer/(?!serve/)' },
      to: { path: room('gateway', 'backend') },
    },
    {
      name: 'portal-knows-no-server',
      comment: 'A page gets its data over REST; of the server it may know the types only.',
      severity: 'error',
      from: { path: '^backend/portal/' },
      to: { path: '^(backend/(?!portal/)|gateway|firmware|installer)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'one-door-to-the-store',
      comment: 'Only composition knows which engine is behind the store.',
      severity: 'error',
      from: { path: '^backend/(?!main|app|compose)(?!store/)' },
      to: { path: '^backend/store/sqlite/' },
    },
    {
      name: 'nothing-imports-tests-or-scripts',
      comment: 'Tests, scripts and benchmarks are leaves.',
      severity: 'error',
      from: { path: room('shared', 'firmware', 'installer', 'gateway', 'backend') },
      to: { path: room('test', 'scripts', 'bench') },
    },
    {
      name: 'no-dev-dependency-in-the-product',
      comment: 'What runs at the operator is installed without dev dependencies.',
      severity: 'error',
      from: { path: room('shared', 'installer', 'gateway', 'backend') },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|data)/|test/device/probes' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
}
