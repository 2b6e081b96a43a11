"""What no client should ever send.  After each piece the server must have
answered or closed that connection, must still answer a heartbeat on another
one, and must not have kept the memory."""

import socket
import struct
import time

from frame import (BINARY, MAX_FRAME, RESPONSE, Command, Connection,
                   binary_header, raw_frame)
from suite import heartbeat, new_topic, pull, send_v2

PATIENCE = 3                    # seconds for an answer or a close
MEMORY_LIMIT = 256 * 1024       # KiB that a server may grow in all
OPAQUE = 77


class Checker:
    def __init__(self, args):
        self.targets = {'broker': args.broker, 'namesrv': args.namesrv}
        self.pid, self.verbose = args.pid, args.verbose
        self.passed = self.failed = 0
        self.start_memory = self.memory()

    def memory(self):
        """KiB of memory that is the process's own, if it is known."""
        if not self.pid:
            return 0
        total = 0
        with open(f'/proc/{self.pid}/status', encoding='ascii') as file:
            for line in file:
                if line.startswith('RssAnon:'):
                    total += int(line.split()[1])
        return total

    def verdict(self, label, problem):
        if problem:
            self.failed += 1
            print(f'FAIL {label}: {problem}')
        else:
            self.passed += 1
            if self.verbose:
                print(f'ok   {label}')

    def alive(self, target):
        """A fresh connection gets an answer; what is wrong, or None."""
        try:
            conn = Connection(self.targets[target])
            code, body = (34, heartbeat('alive', producers=['p'])) \
                if target == 'broker' else (206, b'')
            answer = conn.ask(Command(code, None, body), 10)
            conn.close()
        except OSError as err:
            return f'no connection afterwards: {err}'
        return None if answer else 'no answer to the request afterwards'

    def after(self, target, label, problem=None):
        problem = problem or self.alive(target)
        grown = self.memory() - self.start_memory
        if not problem and grown > MEMORY_LIMIT:
            problem = f'memory grew by {grown} KiB'
            self.start_memory += grown          # complain once
        self.verdict(f'{target}: {label}', problem)

    def throw(self, target, label, data, must_close=False, may_wait=False):
        """Sends data; with may_wait the server may wait for more of it."""
        sock = socket.create_connection(self.targets[target], timeout=10)
        problem = None
        try:
            sock.sendall(data)
            sock.settimeout(0.05 if may_wait else PATIENCE)
            got = sock.recv(65536)
            while must_close and got:
                got = sock.recv(65536)
        except socket.timeout:
            if must_close:
                problem = 'connection neither answered to nor closed'
            elif not may_wait:
                problem = 'no answer and not closed'
        except OSError:
            pass                        # reset: closed as well
        sock.close()
        self.after(target, label, problem)


def request(code=34, ext=None, body=b'', encoding=0, **head):
    return Command(code, ext, body, opaque=OPAQUE, encoding=encoding,
                   **head).frame()


def lengths(c, target):
    good = request(34, None, heartbeat('x', producers=['p']))
    for n in (-1, -2147483648, 2147483647, MAX_FRAME + 1, MAX_FRAME - 3):
        c.throw(target, f'frame length {n}',
                struct.pack('>i', n) + good[4:], must_close=True)
    for n in range(8):
        c.throw(target, f'frame length {n}',
                struct.pack('>i', n) + bytes(n) + good, may_wait=True)
    body = good[8:]
    for n in (len(body) + 1, 0xFFFFFF):
        c.throw(target, f'header length {n} in a frame of {len(body) + 4}',
                struct.pack('>iI', 4 + len(body), n) + body, must_close=True)
    for kind in (2, 7, 127, 128, 255):
        c.throw(target, f'serialise type {kind}',
                struct.pack('>iI', 4 + len(body), kind << 24 | 30) + body,
                must_close=True)


def cuts(c, target):
    """Every beginning of a request, then the connection is shut."""
    for encoding in (0, BINARY):
        data = request(30, {'topic': 'TBW102', 'queueId': '0'}, b'body',
                       encoding)
        for n in range(len(data)):
            sock = socket.create_connection(c.targets[target], timeout=10)
            sock.sendall(data[:n])
            sock.close()
        c.after(target, f'cut at each of {len(data)} bytes, '
                f'encoding {encoding}')


def dribble(c, target):
    for encoding in (0, BINARY):
        conn = Connection(c.targets[target])
        for byte in request(9999, {'a': 'b'}, b'body', encoding):
            conn.send_bytes(bytes([byte]))
            time.sleep(0.001)
        answer = conn.wait(OPAQUE, PATIENCE)
        c.after(target, f'byte by byte, encoding {encoding}',
                None if answer else 'no answer')
        conn.close()


def json_text(head):
    return raw_frame(head.encode())


def deep_json(c, target):
    deep = 10000
    head = '{"code":34,"opaque":77,"extFields":{"x":"y"},"z":%s}'
    for label, text in (
            ('arrays', '[' * deep + ']' * deep),
            ('objects', '{"a":' * deep + '1' + '}' * deep),
            ('arrays that never end', '[' * deep)):
        c.throw(target, f'header with {label} nested {deep} deep',
                json_text(head % text), may_wait=True)
        code = 34 if target == 'broker' else 103
        ext = None if target == 'broker' else {
            'brokerName': 'x', 'brokerAddr': '127.0.0.1:7001',
            'clusterName': 'x', 'brokerId': '0', 'haServerAddr': ''}
        c.throw(target, f'body with {label} nested {deep} deep',
                request(code, ext, text.encode()))


def wide_json(c, target):
    many = 100000
    members = ','.join(f'"m{i}":"v{i}"' for i in range(many))
    c.throw(target, f'{many} header members',
            json_text('{"code":9999,"opaque":77,%s}' % members))
    c.throw(target, f'{many} ext fields',
            json_text('{"code":9999,"opaque":77,"extFields":{%s}}' % members))
    c.throw(target, f'{many} equal ext fields', json_text(
        '{"code":9999,"opaque":77,"extFields":{%s}}'
        % ','.join(['"a":"b"'] * many)))
    c.throw(target, f'{many} members in a heartbeat',
            request(34, None, b'{' + members.encode() + b'}'))
    subs = [{'topic': f'wide{i}', 'subString': '*'} for i in range(5000)]
    body = heartbeat('wide', [{'groupName': 'wide',
                               'subscriptionDataSet': subs}])
    c.throw(target, 'a heartbeat of 5000 subscriptions',
            request(34, None, body))


def wrong_types(c, target):
    for member in ('"code":[]', '"code":{}', '"code":true', '"code":null',
                   '"code":"34"', '"code":1e99', '"code":-1e-9',
                   '"flag":"x"', '"opaque":{}', '"version":[]',
                   '"language":{}', '"remark":[1]', '"extFields":[]',
                   '"extFields":"x"', '"extFields":5',
                   '"extFields":{"a":{}}', '"extFields":{"a":[[]]}',
                   '"extFields":{"":""}'):
        c.throw(target, f'header member {member}',
                json_text('{"opaque":77,%s}' % member
                          if member.startswith('"code"') else
                          '{"code":9999,"opaque":77,%s}' % member),
                may_wait=True)
    for text in ('nul', 'tru', '{"a"', '{"a":', '{"a":"\\', '{"a":"\\u12',
                 '{"a":"\\ud800"}', '"', '-', '1e', '{,}', '{"a":1,}',
                 '\x00', '{"a":"\x00"}', '\ufeff{}'):
        c.throw(target, f'header {text!r}', raw_frame(text.encode(
            'utf-8', 'surrogatepass')), may_wait=True)
    c.throw(target, 'header that is no UTF-8',
            raw_frame(b'{"code":9999,"opaque":77,"remark":"\xff\xfe\xc3"}'),
            may_wait=True)


def binary_headers(c, target):
    cmd = Command(9999, {'a': 'b'}, opaque=OPAQUE, encoding=BINARY,
                  remark='r')
    good = binary_header(cmd)
    for at, label in ((13, 'remark length'), (18, 'ext length'),
                      (25, 'value length')):
        for n in (-1, 2147483647, 1000, -2147483648):
            bad = good[:at] + struct.pack('>i', n) + good[at + 4:]
            c.throw(target, f'binary header, {label} {n}',
                    raw_frame(bad, encoding=BINARY), may_wait=True)
    for n in (-1, 32767, -32768):
        bad = good[:22] + struct.pack('>h', n) + good[24:]
        c.throw(target, f'binary header, key length {n}',
                raw_frame(bad, encoding=BINARY), may_wait=True)
    for n in range(len(good)):
        c.throw(target, f'binary header of {n} bytes',
                raw_frame(good[:n], encoding=BINARY), may_wait=True)
    c.throw(target, 'binary header, language 200', raw_frame(
        good[:2] + b'\xc8' + good[3:], encoding=BINARY), may_wait=True)


def bodies(c, target):
    if target != 'broker':
        c.throw(target, 'register with rubbish said to be compressed',
                request(103, {
                    'brokerName': 'x', 'brokerAddr': '127.0.0.1:7001',
                    'clusterName': 'x', 'brokerId': '0', 'haServerAddr': '',
                    'compressed': 'true'}, bytes(1000)))
        c.throw(target, 'register with a bomb', request(103, {
            'brokerName': 'x', 'brokerAddr': '127.0.0.1:7001',
            'clusterName': 'x', 'brokerId': '0', 'haServerAddr': '',
            'compressed': 'true'}, bomb()))
        return
    topic = 'BadBytes'
    batch = struct.pack('>iiiii', 2147483647, 0, 0, 0, 2147483647)
    for label, body in (('of huge sizes', batch + b'x' * 40),
                        ('of negative sizes', b'\x80' * 60),
                        ('of 200000 empty items',
                         (struct.pack('>iiiii', 22, 0, 0, 0, 0)
                          + b'\0\0') * 180000)):
        c.throw(target, 'batch ' + label,
                request(320, send_v2(topic, m='true'), body))
    c.throw(target, 'properties of many marks',
            request(310, send_v2(topic, i='\x01\x02' * 15000), b'x'))
    c.throw(target, 'topic of a megabyte',
            request(310, send_v2('t' * 1000000), b'x'))
    c.throw(target, 'body of nearly 16 MiB',
            request(310, send_v2(topic), bytes(MAX_FRAME - 4096)))
    c.throw(target, 'subscription of 100000 tags', request(11, pull(
        topic, subscription='||'.join(f't{i}' for i in range(100000)))))
    c.throw(target, 'configuration of rubbish',
            request(25, None, bytes(range(256)) * 100))


def bomb():
    import zlib
    packer = zlib.compressobj(9)
    data = packer.compress(struct.pack('>i', 1 << 30))
    for _ in range(64):
        data += packer.compress(bytes(1 << 22))
    return data + packer.flush()


def mix(c, target):
    """A thousand requests of all kinds in one write: each one answered."""
    conn = Connection(c.targets[target])
    c_topic = 'BadBytesMix'
    kinds = [(34, None, heartbeat('mix', producers=['p'])),
             (17, new_topic(c_topic, 1), b''),
             (310, send_v2(c_topic, d='1'), b'x' * 300),
             (30, {'topic': c_topic, 'queueId': '0'}, b''),
             (9999, None, b''), (14, None, b''),
             (38, {'consumerGroup': 'none'}, b''),
             (11, pull(c_topic), b''),
             (105, {'topic': 'TBW102'}, b''), (206, None, b'')]
    data = b''
    for i in range(1000):
        code, ext, body = kinds[i % len(kinds)]
        data += Command(code, ext, body, opaque=i,
                        encoding=i // 10 % 2).frame()
    conn.send_bytes(data)
    missing = [i for i in range(1000) if conn.wait(i, 10) is None]
    c.after(target, '1000 mixed requests in one write',
            f'{len(missing)} not answered: {missing[:5]}' if missing else None)
    conn.close()


def answers_nobody_asked_for(c, target):
    conn = Connection(c.targets[target])
    for code in (0, 1, 310, -1):
        for opaque in (0, 1, 2147483647):
            conn.send_bytes(Command(code, {'a': 'b'}, b'body', opaque=opaque,
                                    flag=RESPONSE).frame())
    answer = conn.ask(Command(9999), PATIENCE)
    c.after(target, 'answers nobody asked for',
            None if answer else 'nothing answered afterwards')
    conn.close()


def never_reads(c, target):
    """Requests whose answers pile up: the server must stop reading, or
    close, before it has kept them all."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(c.targets[target])
    sock.settimeout(1)
    if target == 'broker':
        conn = Connection(c.targets[target])
        conn.ask(Command(310, send_v2('BadBytesBig', d='1'),
                         bytes(250000)), 10)
        conn.close()
        one = request(11, pull('BadBytesBig'))
    else:
        one = request(106)
    before, sent, end = c.memory(), 0, time.monotonic() + 10
    try:
        while time.monotonic() < end:
            sent += sock.send(one * 200) / len(one)
    except OSError:
        pass
    time.sleep(0.5)
    grown = c.memory() - before
    limit = 64 * 1024
    problem = f'{grown} KiB kept for {int(sent)} requests' \
        if grown > limit else None
    c.after(target, f'{int(sent)} requests of a client that never reads',
            problem)
    sock.close()


def many_connections(c, target):
    socks = []
    for _ in range(400):
        socks.append(socket.create_connection(c.targets[target], timeout=10))
    for sock in socks:
        sock.sendall(b'\0\0\0')
    c.after(target, '400 connections with three bytes each')
    for sock in socks:
        sock.close()
    c.after(target, '400 connections closed')


def other_protocols(c, target):
    for label, data in (('HTTP', b'GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
                        ('TLS', b'\x16\x03\x01\x00\x05hello'),
                        ('PROXY', b'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n'),
                        ('PROXY without end', b'PROXY ' + b'x' * 300),
                        ('zeros', bytes(4096)),
                        ('ones', b'\xff' * 4096)):
        c.throw(target, label, data, may_wait=True)


SECTIONS = [lengths, cuts, dribble, deep_json, wide_json, wrong_types,
            binary_headers, bodies, mix, answers_nobody_asked_for,
            never_reads, many_connections, other_protocols]


def run(args):
    checker = Checker(args)
    for target in ('broker', 'namesrv'):
        for section in SECTIONS:
            try:
                section(checker, target)
            except OSError as err:
                checker.verdict(f'{target}: {section.__name__}', repr(err))
    if args.pid:
        print(f'memory grew by {checker.memory() - checker.start_memory} KiB')
    print(f'{checker.passed} passed, {checker.failed} failed')
    return 1 if checker.failed else 0
