// Reads TypeScript as text, for tests that check rules about the sources: which modules a file imports, which strings it
// holds, and its code without comments and strings. Works on assembly/ too, which a TypeScript parser would reject.

export interface SourceText {
	/** As given: relative paths, `#wasm`, `node:net`. Type imports and `import('...')` count. */
	imports: string[];
	/** What each import or re-export takes: `*` stands for everything, as in `import * as x`, `export *` and `import('...')`. */
	bindings: { specifier: string; names: string[] }[];
	/** Names that the file defines and exports. Re-exports do not count. */
	exports: string[];
	/** The specifiers that are left at run time, without types; `import('...')`, which comes later, does not count. */
	runtimeImports: string[];
	/** Same length and lines as the source; comments, and what strings and regular expressions hold, are blanks. */
	code: string;
	/** What stands between quotes or backticks, as written. Of a template, that includes its `${...}`. */
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

/** Whether nothing of an import is left at run time, or not at once: `verbatimModuleSyntax` keeps all but `import type`. */
function isErased(statement: string): boolean {
	return /^(?:import|export)\s+type\b/.test(statement) || /^import\s*\(/.test(statement);
}

/** After these a slash begins a regular expression; after anything else it divides. */
const BEFORE_EXPRESSION =
	/(?:^|[([{}=,;:!&|?+\-*%~^<>]|\b(?:return|typeof|case|in|of|delete|void|throw|new|else|do))\s*$/;

/** Longest first: what a file is made of, as far as blanks are concerned. */
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const REGULAR_EXPRESSION = /\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;

function blankOut(source: string): { code: string; strings: Map<number, string> } {
	const strings = new Map<number, string>();
	/** The open templates: where each began, and how many braces are open inside its `${`. */
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
