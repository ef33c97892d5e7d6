// ts-jest only strips types here (isolatedModules); `npm run types` is what checks them.
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/actions', '<rootDir>/sandbox', '<rootDir>/test', '<rootDir>/scripts'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, diagnostics: false, tsconfig: '<rootDir>/tsconfig.json' }] },
  restoreMocks: true,
  testTimeout: 20_000,
};
