// Finds the guards of a source: what refuses, ignores or bounds. They are found by their form, so that none can be forgotten:
//
//   refusal     an `if` that throws, fails, rejects, or returns a fault        removed: it never does
//   end         a `throw` or a failing call at the end of a function or case   removed: it is not reached
//   state       an `if` on a state that ends its function, or that acts        removed: as if the state allowed it
//   limit       the same for a comparison with a limit                         removed: as if there were no limit
//   choice      a conditional expression with a fault, an error or a limit     removed: it never selects that
//   clamp       `min` or `max`                                                 removed: the limit is not looked at
//   check       a call of a function that only checks                          removed: what it throws is ignored
//   predicate   an operand of `&&` in what a function returns as a boolean     removed: as if it were true
//   count       a call that counts towards a limit                             removed: it is not counted
//   release     what a refusal does besides, and the return of window          removed: it is not done
//
// Each operand of `||` in the condition of a refusal is a guard of its own.

import ts from '@tsd/typescript';

/**
 * `key` names the guard independently of its line. `text` is the condition or the call.
 * @typedef {'refusal' | 'state' | 'limit' | 'choice' | 'clamp' | 'check' | 'predicate' | 'count' | 'release' | 'end'} Kind
 * @typedef {{ key: string, kind: Kind, file: string, line: number, text: string }} Guard
 */

/**
 * A change to the source: `wrap` gets the text from `start` to `end`, in which the edits within it have been made. `slots` are
 * the guards that it can remove, whose numbers it gets.
 * @typedef {{ start: number, end: number, guards: Guard[], wrap: (text: string, numbers: number[]) => string }} Edit
 */

/** Names of functions that refuse what was asked or received. */
const REFUSING =
	/^(fail|reject|refuse|die|giveUp|abort|destroy|drop|discard|ignore|skip|forgive|malformed|integerFault)/i;
/** Names of functions that throw, or do nothing. */
const CHECKING = /^(check|assert|validate|require|verify|ensure)/;
/** Names of functions that give back what the peer may use. */
const COUNTING = /^count[A-Z]/;
const RELEASING = /^(consumeWithoutStream|consume|release)$/;
const STATE =
	/(state|phase|stage|closed|ended|dead|destroyed|settled|aborted|released|closing|draining|complete|greeted|acknowledged|exhausted|isFree|isLost|over|started|timedOut|given|isReused|expired)\b/i;
const LIMIT = /\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|limit|most|max|least|capacity|available|budget|room|bound|outputEnd/i;
const CONSTANT = /^(-?\d[\w.]*|(<\w+>)?(\w+\.)?[A-Z][A-Z0-9_]+)$/;

const RELATIONS = new Set([
	ts.SyntaxKind.LessThanToken,
	ts.SyntaxKind.LessThanEqualsToken,
	ts.SyntaxKind.GreaterThanToken,
	ts.SyntaxKind.GreaterThanEqualsToken,
]);

/**
 * @param {string} file its path from the project's root
 * @param {string} code
 * @returns {Edit[]}
 */
export function findGuards(file, code) {
	const source = ts.createSourceFile(file, code, ts.ScriptTarget.ES2022, true);
	const isEngine = file.startsWith('assembly/');
	/** @type {Edit[]} */
	const edits = [];
	/** @type {Map<string, number>} */
	const seen = new Map();

	/** @returns {Guard} */
	const guard = (kind, node, text = textOf(node)) => {
		const name = `${file} ${placeOf(node)} ${kind} ${text}`;
		const count = seen.get(name) ?? 0;
		seen.set(name, count + 1);
		const { line } = source.getLineAndCharacterOfPosition(node.getStart());
		return { key: count === 0 ? name : `${name} #${count + 1}`, kind, file, line: line + 1, text };
	};
	const wrap = (node, guards, wrap) => edits.push({ start: node.getStart(), end: node.end, guards, wrap });
	/** The condition is never met, or always. */
	const never = (kind, node) => wrap(node, [guard(kind, node)], (text, [n]) => `((${text}) && $guard(${n}))`);
	const always = (kind, node) => wrap(node, [guard(kind, node)], (text, [n]) => `((${text}) || !$guard(${n}))`);

	const without = (kind, node) => wrap(node, [guard(kind, node)], (text, [n]) => `{ if ($guard(${n})) { ${text} } }`);

	const visitIf = (node) => {
		const { expression, thenStatement, elseStatement } = node;
		if (refuses(thenStatement)) {
			for (const operand of operands(expression, ts.SyntaxKind.BarBarToken)) never('refusal', operand);
			const statements = ts.isBlock(thenStatement) ? thenStatement.statements.slice(0, -1) : [];
			for (const each of statements) if (isCall(each)) without(kindOf(each) ?? 'release', each);
		} else if (ts.isReturnStatement(thenStatement) && thenStatement.expression?.getText() === 'false') {
			for (const operand of operands(expression, ts.SyntaxKind.BarBarToken)) never('predicate', operand);
		} else if (exits(thenStatement)) {
			for (const operand of operands(expression, ts.SyntaxKind.BarBarToken)) {
				if (isLimit(operand)) never('limit', operand);
				else if (STATE.test(operand.getText())) never('state', operand);
			}
		} else if (elseStatement !== undefined) {
			if (refuses(elseStatement)) always('refusal', expression);
		} else {
			for (const operand of operands(expression, ts.SyntaxKind.AmpersandAmpersandToken)) {
				const relation = isLimit(operand);
				if (relation === 'below') always('limit', operand);
				else if (relation === 'above') never('limit', operand);
				else if (STATE.test(operand.getText())) always('state', operand);
			}
		}
	};

	const visitChoice = ({ condition, whenTrue, whenFalse }) => {
		if (isFault(whenTrue) && !isFault(whenFalse)) never('choice', condition);
		else if (isFault(whenFalse) && !isFault(whenTrue)) always('choice', condition);
		else if (isRelation(condition) && CONSTANT.test(whenTrue.getText()) && !CONSTANT.test(whenFalse.getText()))
			never('choice', condition);
		else if (isRelation(condition) && CONSTANT.test(whenFalse.getText()) && !CONSTANT.test(whenTrue.getText()))
			always('choice', condition);
	};

	const visitClamp = (node) => {
		const args = node.arguments;
		if (args.length < 2 || args.some(ts.isSpreadElement)) return;
		const dropped = droppedArguments(node);
		const guards = dropped.map((i) => guard('clamp', node, `${textOf(node)} without ${textOf(args[i])}`));
		const callee = node.expression;
		edits.push({
			start: callee.getStart(),
			end: args.pos,
			guards,
			wrap: (_, numbers) => {
				if (isEngine) return `$${callee.getText()}(${numbers[0]}, ${dropped[0]}, `;
				return `$clamp(${callee.getText()}, [${dropped.map((i, at) => `[${i}, ${numbers[at]}]`)}], `;
			},
		});
		if (isEngine) guards.splice(1);
	};

	const visit = (node) => {
		if (ts.isIfStatement(node)) visitIf(node);
		else if (ts.isConditionalExpression(node)) visitChoice(node);
		else if (ts.isWhileStatement(node) && isLimit(node.expression) === 'above') never('limit', node.expression);
		else if (ts.isCallExpression(node) && /^(Math\.)?(min|max)$/.test(node.expression.getText())) visitClamp(node);
		else if (ts.isExpressionStatement(node) && !isEngine && isCheck(node.expression)) {
			wrap(
				node,
				[guard('check', node)],
				(text, [n]) => `try { ${text} } catch (error) { if ($guard(${n})) throw error; }`,
			);
		} else if (ts.isThrowStatement(node)) {
			if (!isBranch(node)) without('end', node);
		} else if (ts.isReturnStatement(node) && !isEngine && !isBranch(node) && isRefusal(node.expression)) {
			const call = node.expression;
			wrap(call, [guard('end', node)], (text, [n]) => `($guard(${n}) ? ${text} : undefined)`);
		} else if (isCall(node) && kindOf(node) !== null && !isInRefusal(node)) {
			without(kindOf(node), node);
		} else if (returnsBoolean(node)) {
			const expression = ts.isReturnStatement(node) ? node.expression : node.body;
			const parts = operands(expression, ts.SyntaxKind.AmpersandAmpersandToken);
			if (parts.length > 1) for (const part of parts) always('predicate', part);
			else if (isLimit(expression) !== null) always('limit', expression);
		}
		ts.forEachChild(node, visit);
	};
	visit(source);
	return edits;
}

/** The operands of `a || b || c`, or of `&&`. */
function operands(node, operator) {
	const inner = withoutParentheses(node);
	if (!ts.isBinaryExpression(inner) || inner.operatorToken.kind !== operator) return [inner];
	return [...operands(inner.left, operator), ...operands(inner.right, operator)];
}

function withoutParentheses(node) {
	return ts.isParenthesizedExpression(node) ? withoutParentheses(node.expression) : node;
}

function lastOf(statement) {
	return ts.isBlock(statement) ? statement.statements.at(-1) : statement;
}

function refuses(statement) {
	const last = lastOf(statement);
	if (last === undefined) return false;
	if (ts.isThrowStatement(last)) return true;
	if (ts.isExpressionStatement(last)) return isRefusingCall(last.expression);
	if (!ts.isReturnStatement(last) || last.expression === undefined) return false;
	return isFault(last.expression) || isError(last.expression);
}

function isError(node) {
	return ts.isNewExpression(node) && /Error$/.test(node.expression.getText());
}

function exits(statement) {
	const last = lastOf(statement);
	if (last === undefined) return false;
	if (ts.isContinueStatement(last) || ts.isBreakStatement(last)) return true;
	if (!ts.isReturnStatement(last)) return false;
	return last.expression === undefined || /^(null|undefined|false|true|-?\d+)$/.test(last.expression.getText());
}

/** What stands for a refusal: a call of a refusing function, an error, a fault of the engine, or the text of a fault. */
function isFault(expression) {
	const node = withoutParentheses(expression);
	if (ts.isPropertyAccessExpression(node)) return node.expression.getText() === 'Fault' && node.name.text !== 'NONE';
	return isFaultText(node) || isRefusingCall(node);
}

/** A sentence, which is returned in place of a result or of null. */
function isFaultText(node) {
	if (!ts.isStringLiteral(node) && !ts.isTemplateLiteral(node)) return false;
	const type = ts.findAncestor(node, ts.isFunctionLike)?.type?.getText() ?? '';
	return node.getText().includes(' ') && /\| (null|string)$/.test(type);
}

function isRefusingCall(expression) {
	const node = ts.isVoidExpression(expression) ? expression.expression : expression;
	return ts.isCallExpression(node) && REFUSING.test(calleeOf(node));
}

function isCall(node) {
	return ts.isExpressionStatement(node) && ts.isCallExpression(node.expression);
}

/** The kind of a call that is a guard by itself. @param {any} statement */
function kindOf({ expression }) {
	const name = calleeOf(expression);
	return COUNTING.test(name) ? 'count' : RELEASING.test(name) ? 'release' : null;
}

function isRefusal(expression) {
	return expression !== undefined && isRefusingCall(expression);
}

/** Whether the statement is what an `if` does, which has been found already, or is in a `catch`, where it passes an error on. */
function isBranch(node) {
	const { parent } = node;
	if (ts.isIfStatement(parent)) return true;
	if (ts.isBlock(parent) && ts.isIfStatement(parent.parent)) return true;
	return (
		ts.findAncestor(node, (each) => ts.isFunctionLike(each) || ts.isCatchClause(each))?.kind ===
		ts.SyntaxKind.CatchClause
	);
}

/** Whether the statement is in the block of an `if` that refuses, where it has been found already. */
function isInRefusal({ parent }) {
	return ts.isBlock(parent) && ts.isIfStatement(parent.parent) && refuses(parent.parent.thenStatement);
}

function isCheck(expression) {
	const node = ts.isAwaitExpression(expression) ? expression.expression : expression;
	return ts.isCallExpression(node) && CHECKING.test(calleeOf(node));
}

function calleeOf({ expression }) {
	const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
	return name.getText().replace('#', '');
}

function isRelation(node) {
	const inner = withoutParentheses(node);
	return ts.isBinaryExpression(inner) && RELATIONS.has(inner.operatorToken.kind);
}

/** Whether it compares with a limit: `above` if it is true beyond the limit, `below` if it is true within it. */
function isLimit(node) {
	if (!isRelation(node)) return null;
	const { left, operatorToken, right } = withoutParentheses(node);
	const isLess = /^</.test(operatorToken.getText());
	if (LIMIT.test(right.getText())) return isLess ? 'below' : 'above';
	if (LIMIT.test(left.getText())) return isLess ? 'above' : 'below';
	return null;
}

/** The arguments of `min` or `max` that may be limits: the constant, what the variable was before, or any. */
function droppedArguments(node) {
	const args = node.arguments.map((each) => each.getText());
	const all = args.map((_, i) => i);
	const constants = all.filter((i) => CONSTANT.test(args[i]));
	if (constants.length > 0) return constants;
	const { parent } = node;
	const target = ts.isBinaryExpression(parent) && parent.right === node ? parent.left.getText() : null;
	const before = all.filter((i) => args[i] === target);
	return before.length > 0 ? before : all;
}

function returnsBoolean(node) {
	const isBody = ts.isArrowFunction(node) && !ts.isBlock(node.body);
	if (!isBody && (!ts.isReturnStatement(node) || node.expression === undefined)) return false;
	const type = (isBody ? node : ts.findAncestor(node, ts.isFunctionLike))?.type;
	return type !== undefined && (ts.isTypePredicateNode(type) || /^bool(ean)?$/.test(type.getText()));
}

/** The functions and classes around a node, as a path. */
function placeOf(node) {
	const names = [];
	for (let each = node.parent; each !== undefined; each = each.parent) {
		if ((ts.isFunctionLike(each) || ts.isClassLike(each)) && each.name !== undefined)
			names.unshift(each.name.getText());
	}
	return names.join('.');
}

function textOf(node) {
	return node.getText().replace(/\s+/g, ' ');
}

/**
 * Makes the edits. `numberOf` gives each guard its number.
 * @param {string} code
 * @param {readonly Edit[]} edits
 * @param {(guard: Guard) => number} numberOf
 */
export function applyEdits(code, edits, numberOf) {
	const sorted = [...edits].sort((a, b) => a.start - b.start || b.end - a.end);
	let next = 0;
	const render = (start, end) => {
		let text = '';
		let at = start;
		while (next < sorted.length && sorted[next].end <= end) {
			const edit = sorted[next++];
			text += code.slice(at, edit.start);
			text += edit.wrap(render(edit.start, edit.end), edit.guards.map(numberOf));
			at = edit.end;
		}
		return text + code.slice(at, end);
	};
	return render(0, code.length);
}
