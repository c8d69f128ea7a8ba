// Both official clients publish ES modules only, under the `import` condition, which CommonJS mode does not see.
const vendorClients = String.raw`@(?:polygon\.io|massive\.com)/client-js`

const shared = {
  testEnvironment: 'node',
  transform: {
    [String.raw`^.+\.[cm]?[jt]s$`]: [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!${vendorClients}/)`],
  moduleNameMapper: { [`^(${vendorClients})$`]: '<rootDir>/node_modules/$1/dist/main.js' },
}

/** @type {import('jest').Config} */
export default {
  reporters: ['default', '<rootDir>/scripts/countsReporter.mjs'],
  projects: [
    { ...shared, displayName: 'marbles', testMatch: ['<rootDir>/marbles/**/*.marbles.ts'] },
    { ...shared, displayName: 'test', testMatch: ['<rootDir>/test/**/*.test.ts'] },
  ],
}
