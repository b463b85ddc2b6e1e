// Reads TypeScript as text, for tests of rules about the sources: the imports, exports and strings of a file, and its code
// without comments and strings. Works on assembly/ too, which a TypeScript parser would reject.

export interface SourceText {
	/** As written: relative paths, `#wasm`, `node:net`. Includes type imports and `import('...')`. */
	imports: string[];
	/** The names in each import or re-export; `*` for `import * as x`, `export *` and `import('...')`. */
	bindings: { specifier: string; names: string[] }[];
	/** The names that the file defines and exports, without re-exports. */
	exports: string[];
	/** The modules that are loaded with this one: no types, and no `import('...')`, which is loaded later. */
	runtimeImports: string[];
	/** The source with comments and the contents of strings and regular expressions replaced by spaces. */
	code: string;
	/** The contents of all strings and templates as written, including `${...}`. */
	strings: string[];
	lines: number;
}

export function readSourceText(source: string): SourceText {
	const { code, strings } = blankOut(source);
	const imports: string[] = [];
	const bindings: SourceText['bindings'] = [];
	const runtimeImports: string[] = [];
	const pattern = /\b(?:import|export)\b[^;'"`]*?\bfrom\s*(?=['"])|\bimport\s*\(?\s*(?=['"`])/g;
	for (const match of code.matchAll(pattern)) {
		const specifier = strings.get(match.index + match[0].length);
		if (specifier === undefined) continue;
		imports.push(specifier);
		bindings.push({ specifier, names: namesOf(match[0]) });
		if (!isErased(match[0])) runtimeImports.push(specifier);
	}
	return {
		imports,
		bindings,
		exports: Array.from(code.matchAll(EXPORT), ([, name]) => name!),
		runtimeImports,
		code,
		strings: [...strings.values()],
		lines: source.replace(/\n$/, '').split('\n').length,
	};
}

const EXPORT =
	/^export\s+(?:declare\s+|abstract\s+|async\s+)*(?:const\s+enum|const|let|var|class|interface|type|enum|function)\b\s*\*?\s*([\w$]+)/gm;

function namesOf(statement: string): string[] {
	const list = /\{([^}]*)\}/.exec(statement)?.[1];
	if (list === undefined) return ['*'];
	const names = list.split(',').map((entry) => /^\s*(?:type\s+)?([\w$]+)/.exec(entry)?.[1]);
	return names.filter((name) => name !== undefined);
}

/** Whether an import does not load its module: `verbatimModuleSyntax` erases only `import type`, and `import()` is deferred. */
function isErased(statement: string): boolean {
	return /^(?:import|export)\s+type\b/.test(statement) || /^import\s*\(/.test(statement);
}

/** A slash after these starts a regular expression; after anything else it is a division. */
const BEFORE_EXPRESSION =
	/(?:^|[([{}=,;:!&|?+\-*%~^<>]|\b(?:return|typeof|case|in|of|delete|void|throw|new|else|do))\s*$/;

/** The tokens that are replaced by spaces. */
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const REGULAR_EXPRESSION = /\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;

function blankOut(source: string): { code: string; strings: Map<number, string> } {
	const strings = new Map<number, string>();
	/** The open templates: the start of each, and the number of open braces inside its `${`. */
	const templates: { start: number; braces: number }[] = [];
	let code = '';
	while (code.length < source.length) {
		const at = code.length;
		const character = source[at]!;
		const comment = match(COMMENT, source, at);
		if (comment !== '') code += blanks(comment);
		else if (character === "'" || character === '"') {
			const string = match(STRING, source, at) || character;
			strings.set(at, string.slice(1, -1));
			code += quoted(string);
		} else if (character === '/' && BEFORE_EXPRESSION.test(code.slice(-40))) {
			code += quoted(match(REGULAR_EXPRESSION, source, at) || character);
		} else if (character === '`' || (character === '}' && templates.at(-1)?.braces === 0)) {
			const start = character === '`' ? at : templates.pop()!.start;
			code += character + blanks(match(TEMPLATE_TEXT, source, at + 1));
			if (source[code.length] === '`') {
				strings.set(start, source.slice(start + 1, code.length));
				code += '`';
			} else if (code.length < source.length) {
				code += '${';
				templates.push({ start, braces: 0 });
			}
		} else {
			const template = templates.at(-1);
			if (template !== undefined && character === '{') template.braces++;
			if (template !== undefined && character === '}') template.braces--;
			code += character;
		}
	}
	return { code, strings };
}

function match(pattern: RegExp, source: string, at: number): string {
	pattern.lastIndex = at;
	return pattern.exec(source)?.[0] ?? '';
}

function blanks(text: string): string {
	return text.replace(/[^\n]/g, ' ');
}

function quoted(text: string): string {
	return text.length < 2 ? text : text[0] + blanks(text.slice(1, -1)) + text.at(-1);
}
