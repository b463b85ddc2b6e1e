// Guards whose removal no test can notice, each with the reason. Most only save work.

/** @type {Map<string, string>} reasons by the key of the guard */
export const unobservable = new Map([
	[
		'assembly/frame/reader.ts readFragment state complete && Block.isBlockEmpty()',
		'It saves a copy of field blocks that arrive whole.',
	],
	[
		'assembly/hpack/decoder.ts isUpdateMissing predicate atStart',
		'Within a block, an update can be missing only if our limit is lowered while the block is paused.',
	],
	[
		'assembly/hpack/encoder.ts setEncoderTableSize limit size < table().capacity',
		'A spec of the engine notices; through the host, the next block sets the same size in any case.',
	],
	[
		'assembly/hpack/table.ts DynamicTable.faults choice ref > <u32>STATIC_ENTRIES',
		'What lies before the table in memory has no fault bits, so entries of the static table would have none either.',
	],
	[
		'src/codec/codec.ts Codec.#dispatchRare end throw new Error(`The engine returned a record of unknown kind ${head & 0xff}`);',
		'The engine has no such record; if it ever returns one, the error must say so.',
	],
	[
		'src/codec/whole-frames.ts WholeFrames.onRecords end throw new Error(`The engine returned a record of unknown kind ${head & 0xff}`);',
		'The engine has no such record; if it ever returns one, the error must say so.',
	],
	[
		"src/codec/hpack/block-codec.ts BlockDecoder.decode end throw new Error('The engine returned neither a section nor a fault');",
		'The engine always returns one of both; if it ever does not, the error must say so.',
	],
	[
		'src/base/deadlines.ts Deadlines.#arm clamp Math.max(Math.ceil(at - this.#clock.now()), 1) without 1',
		'Timers of the platforms make it at least 1 themselves.',
	],
	[
		'src/body/streamed-body.ts StreamedBody.#readChunk state this.#hasEnded',
		'A released body gives nothing that it keeps to anyone.',
	],
	['src/codec/engine.ts Engine.receive choice at > size', 'It selects how much input is copied at once.'],
	[
		'src/codec/hpack/field-encoder.ts writeText limit length > LOOP_CHARS',
		'It selects the faster of two ways to write a text.',
	],
	[
		'src/content/body-buffer.ts BodyBuffer.readAll clamp Math.max(expected, length) without expected',
		'It saves copies while the content arrives.',
	],
	[
		'src/content/body-buffer.ts BodyBuffer.readAll clamp Math.max(expected, length) without length',
		'It saves a copy of the content that has arrived.',
	],
	[
		'src/content/body-buffer.ts BodyBuffer.#fill clamp Math.max(needed, target.bytes.length * 2) without target.bytes.length * 2',
		'It saves copies while the content arrives.',
	],
	[
		'src/fields/flat-fields.ts isNamed predicate given.length === name.length',
		'It saves the conversion to lower case.',
	],
	[
		'src/fields/header-map.ts HTTPHeaderMap.#find limit this.size <= SCAN_LIMIT',
		'It selects the faster of two ways to find a field.',
	],
	[
		'src/frames/explain.ts explainFields refusal !(error instanceof HyperError)',
		'No other error is thrown there; if one ever is, it must not be hidden.',
	],
	[
		'src/http11/wire.ts HTTP11Wire state this.#duplex.destroyed',
		'A request that starts on a broken connection is not written, and is lost as if it had not started.',
	],
	[
		'src/http20/stream-router.ts StreamRouter.open state pending.isClosed',
		'Without it, the session refuses the content, because it has closed the stream.',
	],
	[
		'src/runtime/web/compression.ts decode refusal !hasFlushMarks',
		'Only brotli lacks these marks, and no platform of the tests decodes it with a DecompressionStream.',
	],
	[
		'src/session/receiver.ts Receiver.#isPushingEnough predicate most < Number.POSITIVE_INFINITY',
		'It saves counting the streams when there is no limit.',
	],
	[
		'src/session/session.ts Session.openCheckedStream limit core.remote.maxHeaderListSize < Number.POSITIVE_INFINITY',
		'It saves adding up the sizes when there is no limit.',
	],
	[
		'src/session/settings-receiver.ts fitsAllWindows limit initialWindowSize + core.mostGranted <= MAX_WINDOW_SIZE',
		'It saves a look at every stream when even the largest sum fits.',
	],
]);
