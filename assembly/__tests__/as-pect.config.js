// How as-pect finds and starts the specs; scripts/test.mjs runs them at two optimisation levels, once with coverage.

export default {
	entries: ['assembly/__tests__/**/*.spec.ts'],
	include: ['assembly/__tests__/**/*.include.ts'],
	disclude: [/node_modules/],
	coverage: process.env.COVERAGE ? ['assembly/*.ts', 'assembly/{frame,hpack}/*.ts'] : [],
	async instantiate(memory, createImports, instantiate, binary) {
		return instantiate(binary, createImports({ env: { memory } }));
	},
	outputBinary: false,
};
