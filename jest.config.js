// ts-jest only strips types here (isolatedModules); `npm run types` is what checks them.
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/actions', '<rootDir>/sandbox', '<rootDir>/test', '<rootDir>/scripts'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  // TypeScript turns `./x.ts` into `./x.js`; without an ending jest finds either.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // `*.itg.test.ts` need real programs; the end-to-end run starts them.
  testPathIgnorePatterns: ['/node_modules/', '\\.itg\\.test\\.ts$'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, diagnostics: false, tsconfig: '<rootDir>/tsconfig.json' }] },
  // Nothing here waits for a program that would want a core of its own.
  maxWorkers: '100%',
  restoreMocks: true,
  testTimeout: 20_000,
  globalSetup: '<rootDir>/test/scratch.js',
  globalTeardown: '<rootDir>/test/scratch-removal.js',
};
