// Performs a request command: sends the request and writes the response where the command says.

import type { HTTPResponse } from '../index.ts';
import type { RequestCommand } from './arguments.ts';
import { openCommandBody } from './content.ts';
import { ResponseError } from './errors.ts';
import { Exchange } from './exchange.ts';
import { checkOutputFile, writeToFile, writeToStream } from './output.ts';
import { Report } from './report.ts';
import { buildRequest } from './request.ts';
import {
	forgetValidator,
	judgeResumption,
	type PartialFile,
	readPartialFile,
	rememberValidator,
	strongValidator,
	withinRange,
} from './resume.ts';

/** Resolves with the status that decides the exit status. Rejects with `signal.reason` when the signal is aborted. */
export async function performRequest(command: RequestCommand, signal: AbortSignal): Promise<number> {
	const { outputFile, resume } = command;
	const report = new Report(process.stderr, command.show, process.env);
	if (outputFile !== null) await checkOutputFile(outputFile);
	const part = resume && outputFile !== null ? await readPartialFile(outputFile) : null;
	await using exchange = new Exchange(command, report, signal);
	const request = buildRequest(command, await openCommandBody(command.content), part);
	const response = await exchange.run(request);
	if (outputFile !== null && part !== null && part.length > 0) {
		return await writeRest(response, outputFile, part, report);
	}
	const isWhole = await write(response, outputFile, report);
	if (isWhole && report.showsHeads) report.trailers(await response.trailers);
	return response.status;
}

/** Resolves with false if the reader of standard output closed it early. */
async function write(response: HTTPResponse, file: string | null, report: Report): Promise<boolean> {
	if (file === null) return writeToStream(response, process.stdout);
	await downloadAll(response, file, report);
	return true;
}

/**
 * Appends to the file, or starts over if the server sends all of it. A file that is complete already counts as status
 * 200.
 */
async function writeRest(response: HTTPResponse, file: string, part: PartialFile, report: Report): Promise<number> {
	const resumption = judgeResumption(response.status, response.rawHeaders, part);
	if (resumption.kind === 'complete') {
		await forgetValidator(file);
		report.note(`${file} is already complete`);
		return 200;
	}
	if (resumption.kind === 'start over') {
		report.note(`the server ignored the range: downloading ${file} from the start`);
		await downloadAll(response, file, report);
		return response.status;
	}
	const { length, total } = resumption;
	const from = part.length;
	const validator = strongValidator(response.rawHeaders) ?? part.validator;
	await download(withinRange(response, length), file, { from, total }, validator, report);
	const end = from + length;
	if (total === null || end === total) return response.status;
	await rememberValidator(file, validator);
	throw new ResponseError(`${file} has ${end} of ${total} bytes; use --continue again to get more`);
}

async function downloadAll(response: HTTPResponse, file: string, report: Report): Promise<void> {
	const validator = response.ok ? strongValidator(response.rawHeaders) : null;
	await download(response, file, { from: 0, total: lengthOf(response) }, validator, report);
}

/** If it is interrupted, `validator` is kept for `--continue`. */
async function download(
	body: AsyncIterable<Uint8Array>,
	file: string,
	extent: { from: number; total: number | null },
	validator: string | null,
	report: Report,
): Promise<void> {
	const progress = await report.progress(extent);
	try {
		await writeToFile(body, file, { from: extent.from, onWritten: (bytes) => progress?.add(bytes) });
	} catch (error) {
		await rememberValidator(file, validator);
		throw error;
	} finally {
		progress?.stop();
	}
	await forgetValidator(file);
}

/** The length of the body to write; null if the server does not say. */
function lengthOf({ headers }: HTTPResponse): number | null {
	const [length] = headers.getRaw('content-length');
	return length === undefined ? null : Number(length);
}
