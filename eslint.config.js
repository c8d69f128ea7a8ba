import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import jest from 'eslint-plugin-jest'
import rxjs from 'eslint-plugin-rxjs-x'
import tseslint from 'typescript-eslint'

import observableSuffix from './scripts/lint/observableSuffix.mjs'

const kit = ['marbles/index.ts', 'marbles/kit/**/*.ts']
const product = ['src/**/*.ts', 'streams/**/*.ts', 'operators/**/*.ts', ...kit]
const tests = ['test/**/*.ts', 'marbles/**/*.ts']

// tsc and jest take these specifiers, Node's own loader does not: without a rule only a consumer would notice.
const specifiers = [
  { regex: String.raw`^fp-ts/(?!lib/\w+\.js$)`, message: 'Node loads only fp-ts/lib/X.js.' },
  { regex: String.raw`^io-ts/(?!lib/\w+\.js$)`, message: 'Node loads only io-ts/lib/X.js.' },
  { regex: '^rxjs/(?!testing$)', message: "Import from 'rxjs', or 'rxjs/testing' for the scheduler." },
]
const socket = { regex: '^ws$', message: 'Only streams/link, src/simulator, src/publisher and src/cli see a socket.' }

const injected = 'Injected from src/ (clock, turn, random): virtual time must be able to stand in for it.'

export default defineConfig(
  globalIgnores(['dist/', 'docs-api/', '.build-*/', 'coverage/']),

  js.configs.recommended,
  {
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'performance', 'Buffer', 'URL', 'AbortController', 'AbortSignal', 'fetch']
          .concat([
            'setTimeout',
            'clearTimeout',
            'setInterval',
            'clearInterval',
            'setImmediate',
            'structuredClone',
            'WebSocket',
          ])
          .map((name) => [name, 'readonly']),
      ),
    },
  },

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked, rxjs.configs.recommended],
    plugins: { house: { rules: { 'observable-suffix': observableSuffix } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      // An interface that gives a made type its name: the compiler then says the name and not the whole table.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      // A test runner's types can be added to in no other way.
      '@typescript-eslint/no-namespace': ['error', { allowDeclarations: true }],
      // Without it `import { type X }` leaves an import at run time.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-empty-function': ['error', { allow: ['arrowFunctions'] }],
      // These cost more in workarounds than they catch here.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/prefer-for-of': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',

      'rxjs-x/no-exposed-subjects': 'error',
      'rxjs-x/no-floating-observables': 'error',
      'rxjs-x/no-misused-observables': 'error',
      'rxjs-x/no-sharereplay-before-takeuntil': 'error',
      'rxjs-x/no-subclass': 'error',
      'rxjs-x/no-unnecessary-collection': 'error',
      'house/observable-suffix': 'error',
      // A door is an index file by definition.
      'rxjs-x/no-index': 'off',

      'no-restricted-imports': ['error', { patterns: specifiers }],
    },
  },

  {
    files: product,
    rules: { 'no-console': 'error', 'no-restricted-imports': ['error', { patterns: [...specifiers, socket] }] },
  },
  {
    files: ['streams/link/**/*.ts', 'src/simulator/**/*.ts', 'src/publisher/**/*.ts', 'src/cli/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: specifiers }] },
  },
  { files: ['src/cli/**/*.ts'], rules: { 'no-console': 'off' } },

  {
    files: ['operators/**/*.ts', 'streams/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({ name, message: injected })),
      ],
      'no-restricted-syntax': [
        'error',
        ...[
          "MemberExpression[object.name='Date'][property.name='now']",
          "MemberExpression[object.name='Math'][property.name='random']",
          "MemberExpression[object.name='globalThis'][property.name=/^set(Timeout|Interval|Immediate)$/]",
          "NewExpression[callee.name='Date'][arguments.length=0]",
          "CallExpression[callee.name='Date']",
        ].map((selector) => ({ selector, message: injected })),
      ],
    },
  },

  {
    files: tests,
    ignores: kit,
    extends: [jest.configs['flat/recommended']],
    rules: {
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', '**.expect', '**.expect*', 'expect*', 'assert*', '**.assert*'] },
      ],
      'jest/no-standalone-expect': [
        'error',
        { additionalTestBlockFunctions: ['it.prop', 'test.prop', 'marbles', 'cases', 'itInBrowser'] },
      ],
      // A test looks into what it was handed, and a wrong look fails there and then.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'rxjs-x/no-exposed-subjects': 'off',
    },
  },
)
