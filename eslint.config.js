import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', 'cdk.out/', '.writ/', 'coverage/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.js', '.dependency-cruiser.cjs', 'cli/bin/*.mjs'] } },
    },
    rules: {
      // Numbers in messages are plain numbers here: ids and secrets are strings with types of their own.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Tests and tables destructure away what they don't need, under a name that says so.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/require-await': 'off', // an async port may have an adapter that need not wait
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['**/*.js', '**/*.mjs', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
  {
    // Constructs are made for their side effect on the tree; a lone `new` is how CDK is written.
    files: ['infra/**', 'bin/**'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off', 'no-new': 'off' },
  },
  { files: ['cli/**', 'local/**', 'tools/**', 'bench/**'], rules: { 'no-console': 'off' } },
);
