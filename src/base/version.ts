// The version of the package. test/base/version.test.ts checks that it equals the one in package.json.

export const version = '0.1.0';

/** The versions of HTTP that connections speak. */
export type HTTPVersion = 'HTTP/2' | 'HTTP/1.1';
