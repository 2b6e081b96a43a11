"""The remoting protocol as bytes: frames, both header encodings, connections.

Nothing here knows what a request means.  Header fields are given as a dict
and sent as they are, so that a case can send a wrong one."""

import json
import socket
import struct
import threading
import time

JSON, BINARY = 0, 1
RESPONSE, ONEWAY = 1, 2
LANGUAGES = ['JAVA', 'CPP', 'DOTNET', 'PYTHON', 'DELPHI', 'ERLANG', 'RUBY',
             'OTHER', 'HTTP', 'GO', 'PHP', 'OMS', 'RUST', 'NODE_JS']
MAX_FRAME = 16 * 1024 * 1024


class Command:
    """A request or an answer."""

    def __init__(self, code, ext=None, body=b'', **head):
        self.code = code
        self.ext = ext
        self.body = body
        self.opaque = head.get('opaque', 0)
        self.flag = head.get('flag', 0)
        self.language = head.get('language', 'JAVA')
        self.version = head.get('version', 493)
        self.remark = head.get('remark')
        self.encoding = head.get('encoding', JSON)

    def header(self):
        if self.encoding == BINARY:
            return binary_header(self)
        head = {'code': self.code, 'flag': self.flag,
                'language': self.language, 'opaque': self.opaque,
                'serializeTypeCurrentRPC': 'JSON', 'version': self.version}
        if self.ext is not None:
            head['extFields'] = self.ext
        if self.remark is not None:
            head['remark'] = self.remark
        return json.dumps(head, separators=(',', ':'),
                          ensure_ascii=False).encode()

    def frame(self):
        return raw_frame(self.header(), self.body, self.encoding)


def raw_frame(header, body=b'', encoding=JSON):
    mark = (encoding << 24) | len(header)
    return struct.pack('>iI', 4 + len(header) + len(body), mark) \
        + header + body


def binary_header(cmd):
    ext = b''
    for key, value in (cmd.ext or {}).items():
        k, v = key.encode(), str(value).encode()
        ext += struct.pack('>h', len(k)) + k + struct.pack('>i', len(v)) + v
    remark = (cmd.remark or '').encode()
    return struct.pack('>hBhiii', cmd.code, LANGUAGES.index(cmd.language),
                       cmd.version, cmd.opaque, cmd.flag, len(remark)) \
        + remark + struct.pack('>i', len(ext)) + ext


def parse_binary_header(data):
    code, lang, version, opaque, flag, n = struct.unpack_from('>hBhiii', data)
    at = 17
    remark = data[at:at + n].decode() if n else None
    at += n
    (n,) = struct.unpack_from('>i', data, at)
    at += 4
    end, ext = at + n, {}
    while at < end:
        (k,) = struct.unpack_from('>h', data, at)
        key = data[at + 2:at + 2 + k].decode()
        at += 2 + k
        (v,) = struct.unpack_from('>i', data, at)
        ext[key] = data[at + 4:at + 4 + v].decode()
        at += 4 + v
    return dict(code=code, language=LANGUAGES[lang], version=version,
                opaque=opaque, flag=flag, remark=remark, ext=ext)


def parse_frame(data):
    """data is what follows the length field."""
    (mark,) = struct.unpack_from('>I', data)
    encoding, n = mark >> 24, mark & 0xFFFFFF
    header, body = data[4:4 + n], data[4 + n:]
    if encoding == BINARY:
        head = parse_binary_header(header)
    else:
        head = json.loads(header.decode())
        head['ext'] = head.pop('extFields', None)
    return Command(head['code'], head['ext'], body, opaque=head['opaque'],
                   flag=head['flag'], language=head.get('language'),
                   version=head.get('version'), remark=head.get('remark'),
                   encoding=encoding)


class Connection:
    """A client connection: a thread reads, so requests from the server are
    seen (and answered when there is a handler) at any time."""

    def __init__(self, address, pushed=None):
        self.address = address
        self.sock = socket.create_connection(address, timeout=10)
        self.sock.settimeout(None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = self.sock.getsockname()[1]
        self.opaque = 0
        self.answers = {}
        self.pushed = []
        self.handlers = pushed or {}
        self.closed = False
        self.change = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _exactly(self, n):
        data = bytearray()
        while len(data) < n:
            got = self.sock.recv(min(n - len(data), 1 << 20))
            if not got:
                raise EOFError
            data += got
        return bytes(data)

    def _read(self):
        try:
            while True:
                (n,) = struct.unpack('>i', self._exactly(4))
                self._take(parse_frame(self._exactly(n)))
        except (OSError, EOFError):
            pass
        with self.change:
            self.closed = True
            self.change.notify_all()

    def _take(self, cmd):
        with self.change:
            if cmd.flag & RESPONSE:
                self.answers[cmd.opaque] = cmd
            else:
                self.pushed.append(cmd)
            self.change.notify_all()
        if not cmd.flag & RESPONSE and cmd.code in self.handlers:
            answer = self.handlers[cmd.code](cmd)
            if answer is not None:
                answer.opaque, answer.flag = cmd.opaque, RESPONSE
                self.send_bytes(answer.frame())

    def send_bytes(self, data):
        self.sock.sendall(data)

    def send(self, cmd):
        self.opaque += 1
        cmd.opaque = self.opaque
        try:
            self.send_bytes(cmd.frame())
        except OSError:
            pass
        return cmd.opaque

    def wait(self, opaque, timeout):
        """The answer, or None when there is none in time or ever."""
        with self.change:
            self.change.wait_for(
                lambda: opaque in self.answers or self.closed, timeout)
            return self.answers.pop(opaque, None)

    def wait_any(self, timeout):
        """The first answer of all, or None."""
        with self.change:
            self.change.wait_for(lambda: self.answers or self.closed, timeout)
            return next(iter(self.answers.values()), None)

    def ask(self, cmd, timeout=5):
        return self.wait(self.send(cmd), timeout)

    def wait_pushed(self, code, timeout=5):
        """The first request of this code from the server, taken off."""
        def find():
            return next((c for c in self.pushed if c.code == code), None)
        with self.change:
            self.change.wait_for(lambda: find() or self.closed, timeout)
            found = find()
            if found:
                self.pushed.remove(found)
            return found

    def wait_closed(self, timeout):
        with self.change:
            return self.change.wait_for(lambda: self.closed, timeout)

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()


def until(predicate, timeout=5, step=0.05):
    """Polls; true when the predicate became true in time."""
    end = time.monotonic() + timeout
    while True:
        if predicate():
            return True
        if time.monotonic() > end:
            return False
        time.sleep(step)
