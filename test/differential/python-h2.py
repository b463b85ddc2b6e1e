# python3-h2 as a client of the differential tests: plans of cases as JSON lines on stdin, one report of each on stdout.
# Every case has a connection of its own. Text has one character per byte.

import json
import socket
import sys

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    InformationalResponseReceived,
    PushedStreamReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes


def text(value):
    return value.decode('latin-1') if isinstance(value, bytes) else value


def fields_of(headers):
    return [[text(name), text(value)] for name, value in headers if not text(name).startswith(':')]


def message(headers):
    status = next((text(value) for name, value in headers if text(name) == ':status'), '0')
    return {'status': int(status) if status.isdigit() else status, 'fields': fields_of(headers)}


class Run:
    def __init__(self, port, plan):
        self.plan = plan
        self.streams = {}
        self.reason = ''
        # What is missing of the frame that is being received, or of its head.
        self.missing = 0
        self.head = b''
        self.socket = socket.create_connection(('127.0.0.1', port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = H2Configuration(client_side=True, header_encoding=None)
        # It would refuse to send CONNECT without :path.
        config.validate_outbound_headers = not any(r['method'] == 'CONNECT' for r in plan['requests'])
        self.conn = H2Connection(config)

    def run(self):
        settings = {SettingCodes.ENABLE_PUSH: int(self.plan['push'])}
        if self.plan['window'] is not None:
            settings[SettingCodes.INITIAL_WINDOW_SIZE] = self.plan['window']
        self.conn.local_settings.update(settings)
        self.conn.local_settings.acknowledge()
        self.conn.initiate_connection()
        for index, request in enumerate(self.plan['requests']):
            self.open(2 * index + 1, request)
        self.flush()
        while self.receive():
            pass
        # Unread bytes would make the system discard the last frames of ours.
        self.socket.shutdown(socket.SHUT_WR)
        while self.read():
            pass
        self.socket.close()
        return {'streams': list(self.streams.values()), 'reason': self.reason}

    def open(self, stream_id, request):
        headers = [(':method', request['method']), (':authority', '127.0.0.1')]
        if request['method'] != 'CONNECT':
            headers += [(':scheme', 'http'), (':path', '/')]
        self.conn.send_headers(stream_id, headers, end_stream=not request['open'])
        self.add(stream_id)

    def add(self, stream_id):
        stream = {'id': stream_id, 'informational': [], 'head': None, 'content': '', 'trailers': None}
        self.streams[stream_id] = {**stream, 'end': {'how': 'lost'}, 'reason': ''}

    def read(self):
        try:
            return self.socket.recv(65536)
        except ConnectionResetError:
            return b''

    def receive(self):
        data = self.read()
        if not data:
            return False
        try:
            for piece in self.pieces(data):
                for event in self.conn.receive_data(piece):
                    self.on_event(event)
        except ProtocolError as error:
            self.reason = f'{type(error).__name__}: {error}'
        except Exception as error:  # What h2 does not expect ends the connection of its user.
            self.reason = f'crash: {type(error).__name__}: {error}'
        self.flush()
        return not self.reason

    def pieces(self, data):
        """Ends pieces where frames end: an error takes with it all events of the same call."""
        while data:
            if self.missing == 0:
                piece, data = data[: 9 - len(self.head)], data[9 - len(self.head) :]
                self.head += piece
                if len(self.head) == 9:
                    self.missing = int.from_bytes(self.head[:3], 'big')
                    self.head = b''
            else:
                piece, data = data[: self.missing], data[self.missing :]
                self.missing -= len(piece)
            yield piece

    def flush(self):
        try:
            self.socket.sendall(self.conn.data_to_send())
        except (BrokenPipeError, ConnectionResetError):
            pass

    def on_event(self, event):
        if isinstance(event, PushedStreamReceived):
            self.add(event.pushed_stream_id)
            return
        if isinstance(event, ConnectionTerminated):
            for stream in self.streams.values():
                if stream['id'] % 2 and stream['id'] > event.last_stream_id and stream['end']['how'] == 'lost':
                    stream['end'] = {'how': 'unprocessed'}
            return
        stream = self.streams.get(getattr(event, 'stream_id', 0))
        if stream is None:
            return
        if isinstance(event, InformationalResponseReceived):
            stream['informational'].append(message(event.headers))
        elif isinstance(event, ResponseReceived):
            stream['head'] = message(event.headers)
            index = (event.stream_id - 1) // 2
            if event.stream_id % 2 and self.plan['requests'][index]['cancel']:
                self.conn.reset_stream(event.stream_id, ErrorCodes.CANCEL)
                stream['end'] = {'how': 'reset', 'code': int(ErrorCodes.CANCEL), 'by': 'client'}
        elif isinstance(event, DataReceived):
            stream['content'] += event.data.decode('latin-1')
            if event.flow_controlled_length:
                self.conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, TrailersReceived):
            stream['trailers'] = fields_of(event.headers)
        elif isinstance(event, StreamEnded):
            stream['end'] = {'how': 'complete'}
        elif isinstance(event, StreamReset) and stream['end']['how'] == 'lost':
            by = 'server' if event.remote_reset else 'client'
            stream['end'] = {'how': 'reset', 'code': int(event.error_code), 'by': by}


def main():
    port = int(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(Run(port, json.loads(line)).run()), flush=True)


main()
