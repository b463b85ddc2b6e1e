// The version of the package: equal to package.json, which test/base/version.test.ts holds.

export const version = '0.1.0';
