// From a command to the octets of its response where they were asked for.

import type { HTTPResponse } from '../index.ts';
import type { RequestCommand } from './arguments.ts';
import { openCommandBody } from './content.ts';
import { ResponseError } from './errors.ts';
import { Exchange } from './exchange.ts';
import { writeToFile, writeToStream } from './output.ts';
import { Report } from './report.ts';
import { buildRequest } from './request.ts';
import { judgeResumption, lengthOfBeginning } from './resume.ts';

/** Resolves with the status to judge the command by. Rejects with `signal.reason` when it is aborted. */
export async function performRequest(command: RequestCommand, signal: AbortSignal): Promise<number> {
	const { outputFile, resume } = command;
	const report = new Report(process.stderr, command.show, process.env);
	const resumeAt = resume && outputFile !== null ? await lengthOfBeginning(outputFile) : null;
	await using exchange = new Exchange(command, report, signal);
	const request = buildRequest(command, await openCommandBody(command.content), resumeAt);
	const response = await exchange.run(request);
	if (outputFile !== null && resumeAt !== null && resumeAt > 0) {
		return await writeRest(response, outputFile, resumeAt, report);
	}
	const isWhole = await write(response, outputFile, report);
	if (isWhole && report.showsHeads) report.trailers(await response.trailers);
	return response.status;
}

/** False when whoever reads standard output went away before the end. */
async function write(response: HTTPResponse, file: string | null, report: Report): Promise<boolean> {
	if (file === null) return writeToStream(response, process.stdout);
	await download(response, file, { from: 0, total: lengthOf(response) }, report);
	return true;
}

/** A file that is complete already is as good as a response with the rest. */
async function writeRest(response: HTTPResponse, file: string, from: number, report: Report): Promise<number> {
	const resumption = judgeResumption(response.status, response.rawHeaders, from);
	if (resumption.kind === 'complete') {
		report.note(`${file} is complete already`);
		return 200;
	}
	if (resumption.kind === 'start over') {
		report.note(`the server sends the whole, not the rest: ${file} starts over`);
		await download(response, file, { from: 0, total: lengthOf(response) }, report);
		return response.status;
	}
	const { total } = resumption;
	const length = from + (await download(response, file, { from, total }, report));
	if (total === null || length === total) return response.status;
	throw new ResponseError(`${file} has ${length} of ${total} octets now: --continue again gets more`);
}

/** Gives the number of octets that were written. */
async function download(
	response: HTTPResponse,
	file: string,
	extent: { from: number; total: number | null },
	report: Report,
): Promise<number> {
	let written = 0;
	const progress = await report.progress(extent);
	const onWritten = (octets: number) => {
		written += octets;
		progress?.add(octets);
	};
	try {
		await writeToFile(response, file, { append: extent.from > 0, onWritten });
	} finally {
		progress?.stop();
	}
	return written;
}

/** The length of the body as it is written; null when the server does not say, and when content codings are undone. */
function lengthOf({ headers }: HTTPResponse): number | null {
	const [length] = headers.getRaw('content-length');
	return length === undefined ? null : Number(length);
}
