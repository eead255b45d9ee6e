import shared from './jest.shared.js';

/** The built and installed package, killed processes, memory: takes minutes and the npm registry. */
export default {
  ...shared,
  testMatch: ['<rootDir>/__tests__/e2e/**/*.test.ts'],
  testPathIgnorePatterns: ['/e2e/action/'],
};
