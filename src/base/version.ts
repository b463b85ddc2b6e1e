// The version of the package. test/base/version.test.ts checks that it equals the one in package.json.

export const version = '0.1.0';
