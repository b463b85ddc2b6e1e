// hyper-wasm/hpack: HPACK (RFC 7541) as a library.

/// <reference lib="esnext.disposable" preserve="true" />

export { HPACKDecodingError, HPACKEncodingError, HPACKListSizeError, LocalProtocolError } from './base/errors.ts';
export type { FieldFlags, FieldLine } from './fields/field-line.ts';
export { type DecodedField, Decoder, type DecoderOptions, Encoder, type EncoderOptions } from './hpack/hpack.ts';
