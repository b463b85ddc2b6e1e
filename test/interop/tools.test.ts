// Tools from npm that watch or replace what a process sends by HTTP, loaded before and after this package: our requests
// arrive unchanged but for fields of tracing, on our own connections, and tools of tracing see both versions.

import assert from 'node:assert/strict';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { testCertificates } from '../support/certificates.ts';
import { runChild } from '../support/child.ts';
import { listen } from '../support/loopback.ts';
import { installTools } from '../support/tools.ts';

interface Tool {
	/** Statements that load it, as a program does. They may define `run`, which wraps the requests, and `report`. */
	load: string;
	environment?: Record<string, string>;
	/** The fields that it adds to each request. */
	adds?: readonly string[];
	/** What its `report` returns. */
	spans?: readonly string[];
}

/** Each version sends the same requests. */
const REQUESTS = `
	const sent = [['GET', '/a?b'], ['POST', '/a?b', 'content'], ['GET', '/missing']];
	for (const name of ['HTTP11Connection', 'HTTP20Connection']) {
		const conn = new hyper[name](process.env.ORIGIN, { tls: { ca: process.env.CA } });
		for (const [method, path, body = null] of sent) {
			const headers = { Authorization: 'Bearer secret', 'X-Name': 'value' };
			await (await conn.roundTrip(method, path, { headers, body })).text();
		}
		await conn.roundTrip('GET', '/dropped').catch(() => {});
		await conn.close();
	}
`;

/** Method, status and version of each span; `failed` for one without a response. */
const SPANS = ['1.1', '2'].flatMap((version) => [
	`GET 200 ${version}`,
	`POST 200 ${version}`,
	`GET 404 ${version}`,
	`GET failed ${version}`,
]);
const WITHOUT_VERSION = SPANS.map((span) => span.replace(/ [\d.]+$/, ''));

/** Makes tools patch these modules, which they do when a program loads them. */
const LOAD_HTTP = "for (const name of ['http', 'https', 'http2']) require(name);";

/** Without its agent, which would be another process. */
const DATADOG = {
	DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
	DD_REMOTE_CONFIGURATION_ENABLED: 'false',
	DD_TRACE_AGENT_URL: 'http://127.0.0.1:1',
	DD_TRACE_STARTUP_LOGS: 'false',
};

const TOOLS: Record<string, Tool> = {
	OpenTelemetry: {
		load: `
			const { context, trace } = require('@opentelemetry/api');
			const { registerInstrumentations } = require('@opentelemetry/instrumentation');
			const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
			const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');
			const { InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
			const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');
			const exporter = new InMemorySpanExporter();
			new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
			registerInstrumentations({ instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()] });
			${LOAD_HTTP}
			const parent = trace.getTracer('test').startSpan('parent');
			run = (requests) => context.with(trace.setSpan(context.active(), parent), requests);
			report = () => exporter.getFinishedSpans().map(({ name, status, attributes, parentSpanContext }) => {
				if (parentSpanContext.spanId !== parent.spanContext().spanId) return 'a span without its parent';
				if (attributes['url.full'].indexOf(process.env.ORIGIN) !== 0) return attributes['url.full'];
				const code = attributes['http.response.status_code'];
				if (status.code !== (code === 200 ? 0 : 2)) return 'the status ' + status.code + ' for ' + code;
				return name + ' ' + (code ?? 'failed') + ' ' + attributes['network.protocol.version'];
			});`,
		adds: ['traceparent'],
		spans: SPANS,
	},
	'dd-trace': {
		load: `
			const tracer = require('dd-trace').init();
			const finished = [];
			tracer.use('undici', { hooks: { request: (span) => finished.push(span.context()._tags) } });
			require('undici');
			${LOAD_HTTP}
			run = (requests) => tracer.trace('parent', requests);
			report = () => finished.map((tags) => tags['http.method'] + ' ' + (tags['http.status_code'] ?? 'failed'));`,
		environment: DATADOG,
		adds: [
			...['x-datadog-trace-id', 'x-datadog-parent-id', 'x-datadog-sampling-priority', 'x-datadog-tags'],
			...['traceparent', 'tracestate'],
		],
		spans: WITHOUT_VERSION,
	},
	'dd-trace in a program without undici': {
		load: `require('dd-trace').init(); ${LOAD_HTTP}`,
		environment: DATADOG,
	},
	'elastic-apm-node': {
		load: `
			const apm = require('elastic-apm-node').start({
				serviceName: 'test', disableSend: true, logLevel: 'off', centralConfig: false, cloudProvider: 'none',
				metricsInterval: '0s', captureExceptions: false,
			});
			const finished = [];
			apm.addSpanFilter((span) => finished.push(span) && span);
			${LOAD_HTTP}
			run = async (requests) => {
				const transaction = apm.startTransaction('parent');
				await requests();
				transaction.end();
			};
			report = async () => {
				while (finished.length < 8) await new Promise((resolve) => setTimeout(resolve, 10));
				return finished.map(({ context: { http } }) => http.method + ' ' + (http.status_code ?? 'failed'));
			};`,
		adds: ['traceparent', 'tracestate'],
		spans: WITHOUT_VERSION,
	},
	newrelic: {
		load: `
			const newrelic = require('newrelic');
			${LOAD_HTTP}
			let segments;
			run = (requests) => newrelic.startBackgroundTransaction('parent', async () => {
				await requests();
				const { trace } = newrelic.agent.tracer.getTransaction();
				segments = trace.getChildren(trace.getChildren(trace.root.id)[0].id);
			});
			report = () => segments.filter(({ name }) => name.startsWith('External/')).map((segment) => {
				// Those of spans, and of segments.
				const { procedure, 'http.statusCode': status = 'failed' } = segment.attributes.get(0x10 | 0x20);
				return procedure + ' ' + status;
			});`,
		environment: {
			NEW_RELIC_APP_NAME: 'test',
			NEW_RELIC_HOST: '127.0.0.1',
			NEW_RELIC_LICENSE_KEY: '0'.repeat(40),
			NEW_RELIC_LOG_ENABLED: 'false',
			NEW_RELIC_NO_CONFIG_FILE: 'true',
			NEW_RELIC_PORT: '1',
		},
		adds: ['traceparent'],
		spans: WITHOUT_VERSION,
	},
	'msw 2': {
		load: "require('msw/node').setupServer().listen({ onUnhandledRequest: 'error' });",
	},
	'nock 14': {
		load: "const nock = require('nock'); nock.disableNetConnect(); nock(process.env.ORIGIN).get('/a?b').reply(500);",
	},
	'nock 13': {
		load: "const nock = require('nock-13'); nock.disableNetConnect(); nock(process.env.ORIGIN).get('/a?b').reply(500);",
	},
	'global-agent': {
		load: "require('global-agent').bootstrap();",
		environment: { GLOBAL_AGENT_HTTP_PROXY: 'http://127.0.0.1:1' },
	},
};

interface Arrival {
	line: string;
	fields: string[];
	content: string;
	connection: Socket;
}

const { ca, cert, key } = await testCertificates();

/** Runs the requests in a process in which a tool is loaded. */
async function runWith(
	folder: string,
	{ load, environment }: Tool,
	order: 'before' | 'after',
): Promise<{ arrivals: Arrival[]; spans: string[] }> {
	const arrivals: Arrival[] = [];
	const onRequest = async (request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> => {
		const { method, url, rawHeaders: fields, httpVersion } = request;
		const connection = request.stream?.session?.socket ?? request.socket;
		if (url === '/dropped') return void (httpVersion === '2.0' ? request.stream.close(2) : connection.destroy());
		let content = '';
		for await (const piece of request) content += piece;
		arrivals.push({ line: `${method} ${url} ${httpVersion}`, fields, content, connection });
		response.statusCode = url === '/missing' ? 404 : 200;
		response.end('an answer');
	};
	const server = createSecureServer({ allowHTTP1: true, cert, key }, onRequest as never);
	const origin = `https://localhost:${await listen(server)}`;
	const own = "const hyper = await import(src + 'index.ts');";
	const { status, stdout, stderr } = await runChild(
		`
		const require = process.getBuiltinModule('node:module').createRequire(${JSON.stringify(folder)});
		let run = (requests) => requests();
		let report = () => [];
		${order === 'before' ? `${load}\n${own}` : `${own}\n${load}`}
		await run(async () => {${REQUESTS}});
		console.log(JSON.stringify(await report()));
		process.exit();
		`,
		{ ...environment, ORIGIN: origin, CA: ca },
	);
	assert.deepEqual([status, stderr], [0, '']);
	return { arrivals, spans: JSON.parse(stdout) as string[] };
}

/** Without the fields that differ between runs: those of the tool, and the authority with its port. */
function comparable({ line, fields, content }: Arrival, added: readonly string[]): unknown[] {
	const kept = [];
	for (let i = 0; i < fields.length; i += 2) {
		const name = fields[i] as string;
		if (!added.includes(name)) kept.push(name, (fields[i + 1] as string).replace(/^localhost:\d+$/, 'localhost'));
	}
	return [line, kept, content];
}

describe('tools from npm', () => {
	let plain: Promise<unknown[][]> | null = null;

	for (const [name, tool] of Object.entries(TOOLS)) {
		for (const order of ['before', 'after'] as const) {
			const verdict = tool.spans === undefined ? 'leaves our requests alone' : 'traces our requests of both versions';
			test(`${name}, loaded ${order} this package, ${verdict}`, async (t: TestContext) => {
				const folder = await installTools(t);
				if (folder === null) return;
				plain ??= runWith(folder, { load: '' }, 'before').then((run) =>
					run.arrivals.map((each) => comparable(each, [])),
				);
				const { adds = [], spans = [] } = tool;
				const { arrivals, spans: found } = await runWith(folder, tool, order);
				assert.deepEqual(
					arrivals.map((each) => comparable(each, adds)),
					await plain,
				);
				for (const { fields } of arrivals) assert.ok(adds.every((added) => fields.includes(added)));
				assert.equal(new Set(arrivals.map(({ connection }) => connection)).size, 2);
				assert.deepEqual(found, spans);
			});
		}
	}
});
