# The other end of python-hpack.ts: conversations as JSON on stdin, answers as JSON on stdout.
# Strings have one character per byte.

import json
import sys

from hpack import Decoder, Encoder, HeaderTuple, NeverIndexedHeaderTuple


def to_bytes(text):
    return text.encode('latin-1')


def decode(steps):
    decoder = Decoder(max_header_list_size=2**30)
    for step in steps:
        if 'tableSize' in step:
            decoder.max_allowed_table_size = step['tableSize']
        else:
            fields = decoder.decode(bytes.fromhex(step['block']), raw=True)
            yield [
                [field[0].decode('latin-1'), field[1].decode('latin-1'), not field.indexable] for field in fields
            ]


def encode(steps, huffman):
    encoder = Encoder()
    for step in steps:
        if 'tableSize' in step:
            encoder.header_table_size = step['tableSize']
        else:
            fields = [
                (NeverIndexedHeaderTuple if never_indexed else HeaderTuple)(to_bytes(name), to_bytes(value))
                for name, value, never_indexed in step['fields']
            ]
            yield encoder.encode(fields, huffman=huffman).hex()


def answer(conversation):
    steps = conversation['steps']
    if conversation['direction'] == 'decode':
        return list(decode(steps))
    return list(encode(steps, conversation['huffman']))


json.dump([answer(conversation) for conversation in json.load(sys.stdin)], sys.stdout)
