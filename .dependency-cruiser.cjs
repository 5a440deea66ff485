/** The import rules of the layout: what may know what. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^${from}/` },
  to: { pathNot: [`^${from}/`, '^node_modules/', ...allowed], dependencyTypesNot: ['core'] },
});

module.exports = {
  forbidden: [
    {
      name: 'core-imports-itself-alone',
      comment: 'The domain has no clock, randomness, environment or I/O: not even a package.',
      severity: 'error',
      from: { path: '^core/' },
      to: { pathNot: '^core/' },
    },
    {
      name: 'tokens-stand-alone',
      comment: 'Every reader of a token shares them, resource servers too: not even a package, only Node.',
      severity: 'error',
      from: { path: '^tokens/' },
      to: { pathNot: '^tokens/', dependencyTypesNot: ['core'] },
    },
    only('contract-stands-alone', 'contract', [], 'The wire knows nothing of the domain behind it.'),
    only('adapters-know-core', 'adapters', ['^core/', '^tokens/'], 'An adapter implements ports.'),
    {
      name: 'no-function-knows-another',
      comment: 'One duty, one function.',
      severity: 'error',
      from: { path: '^functions/([^/]+)/', pathNot: '^functions/shared/' },
      to: { path: '^functions/', pathNot: ['^functions/$1/', '^functions/shared/'] },
    },
    only(
      'functions-know-the-inside',
      'functions',
      ['^core/', '^contract/', '^adapters/', '^tokens/'],
      'Functions are the edge.',
    ),
    {
      name: 'infra-knows-no-handler',
      comment: 'Stacks use constants; a handler is only ever named by its path.',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^functions/', pathNot: '^functions/shared/env\\.ts$' },
    },
    only('clients-speak-the-contract', 'cli', ['^contract/', '^sdk/'], 'Clients never import the core.'),
    only('sdk-speaks-the-contract', 'sdk', ['^contract/', '^tokens/'], 'Clients never import the core.'),
    {
      name: 'nothing-ships-the-laptop',
      comment: 'The local AWS holds copyleft packages: nothing that is deployed or published may reach it.',
      severity: 'error',
      from: { pathNot: '^(local|test|bench|tools)/' },
      to: { path: '^local/' },
    },
    {
      name: 'copyleft-stays-local',
      comment: '@cloud-copilot/* is AGPL: for the local AWS and tests only.',
      severity: 'error',
      from: { pathNot: '^(local|test)/' },
      to: { path: 'node_modules/@cloud-copilot/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|cdk\\.out)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
