// Performs a request command: sends the request and writes the response where the command says.

import type { HTTPResponse } from '../index.ts';
import type { RequestCommand } from './arguments.ts';
import { openCommandBody } from './content.ts';
import { ResponseError } from './errors.ts';
import { Exchange } from './exchange.ts';
import { writeToFile, writeToStream } from './output.ts';
import { Report } from './report.ts';
import { buildRequest } from './request.ts';
import { judgeResumption, lengthOfPartialFile } from './resume.ts';

/** Resolves with the status that decides the exit status. Rejects with `signal.reason` when the signal is aborted. */
export async function performRequest(command: RequestCommand, signal: AbortSignal): Promise<number> {
	const { outputFile, resume } = command;
	const report = new Report(process.stderr, command.show, process.env);
	const resumeAt = resume && outputFile !== null ? await lengthOfPartialFile(outputFile) : null;
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

/** Resolves with false if the reader of standard output closed it early. */
async function write(response: HTTPResponse, file: string | null, report: Report): Promise<boolean> {
	if (file === null) return writeToStream(response, process.stdout);
	await download(response, file, { from: 0, total: lengthOf(response) }, report);
	return true;
}

/**
 * Appends to the file, or starts over if the server sends all of it. A file that is complete already counts as status
 * 200.
 */
async function writeRest(response: HTTPResponse, file: string, from: number, report: Report): Promise<number> {
	const resumption = judgeResumption(response.status, response.rawHeaders, from);
	if (resumption.kind === 'complete') {
		report.note(`${file} is already complete`);
		return 200;
	}
	if (resumption.kind === 'start over') {
		report.note(`the server ignored the range: downloading ${file} from the start`);
		await download(response, file, { from: 0, total: lengthOf(response) }, report);
		return response.status;
	}
	const { total } = resumption;
	const length = from + (await download(response, file, { from, total }, report));
	if (total === null || length === total) return response.status;
	throw new ResponseError(`${file} has ${length} of ${total} bytes; use --continue again to get more`);
}

/** Resolves with the number of bytes written. */
async function download(
	response: HTTPResponse,
	file: string,
	extent: { from: number; total: number | null },
	report: Report,
): Promise<number> {
	let written = 0;
	const progress = await report.progress(extent);
	const onWritten = (bytes: number) => {
		written += bytes;
		progress?.add(bytes);
	};
	try {
		await writeToFile(response, file, { append: extent.from > 0, onWritten });
	} finally {
		progress?.stop();
	}
	return written;
}

/** The length of the body to write; null if the server does not say or the body is decoded. */
function lengthOf({ headers }: HTTPResponse): number | null {
	const [length] = headers.getRaw('content-length');
	return length === undefined ? null : Number(length);
}
