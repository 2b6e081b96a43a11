#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A hostile nameserver and broker against skua, the command, and libskua.

  server.py [--only PATTERN] [--list]

Each attack has a server of its own, which answers as it should but for one
thing.  Whatever it answers, the command ends with a status of its own, in time,
within its memory, and writes nothing that steers a terminal.  SKUA is the
command, SKUA_DRIVER a consumer that is linked with libskua.
"""

import argparse
import concurrent.futures
import json
import os
import re
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

BUILD = os.environ.get('builddir', '.')
LIBRARIES = os.path.join(os.path.abspath(BUILD), '.libs')


def built(name):
    """The program itself: what libtool puts before it takes descriptors."""
    real = os.path.join(BUILD, os.path.dirname(name), '.libs',
                        os.path.basename(name))
    return real if os.path.exists(real) else os.path.join(BUILD, name)


SKUA = os.environ.get('SKUA') or built('skua')
DRIVER = os.environ.get('SKUA_DRIVER') or built('tests/compat/c/driver')
with open(SKUA, 'rb') as program:
    SANITIZED = b'__asan_' in program.read()
MEMORY_MIB = 1536 if SANITIZED else 256
SECONDS = 60 if SANITIZED else 20

ROUTE, CLUSTER, TOPICS, TOPIC, STATS = 105, 106, 206, 351, 202
PULL, QUERY_OFFSET, COMMIT, HEARTBEAT, MEMBERS_IDS = 11, 14, 15, 34, 38
GROUPS, GROUP, MEMBERS, PROGRESS, RUNTIME, CONFIG = 201, 352, 203, 208, 28, 26
MAX_OFFSET, MIN_OFFSET, SEARCH, LITE_PULL, SEND = 30, 31, 29, 361, 310
VIEW, QUERY, NAMESRV_CONFIG = 33, 12, 319

# Controls of C0 and C1, DEL, marks of direction, separators.
STEERS = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f'
                    '\u202a-\u202e\u2066-\u2069\u2028\u2029]')
EVIL = 'x\x1b]0;own\x07\x1b[2J\x9b31m\x85\u202eevil\u2066\u2028\x7f\r\n'


def record(queue_offset, body=b'body', topic=b'T', flag=0, properties=b''):
    """A message as it is stored."""
    host = socket.inet_aton('127.0.0.1') + struct.pack('>i', 1)
    rest = struct.pack('>IIiiqqiq', 0xdaa320a7, zlib.crc32(body) & 0x7fffffff,
                       0, 0, queue_offset, 1000 + queue_offset, flag,
                       int(time.time() * 1000)) + host
    rest += struct.pack('>q', int(time.time() * 1000)) + host
    rest += struct.pack('>iqi', 0, 0, len(body)) + body
    rest += struct.pack('>B', len(topic)) + topic
    rest += struct.pack('>h', len(properties)) + properties
    return struct.pack('>i', 4 + len(rest)) + rest


class Server:
    """answers: by request code a function of the header's fields that returns
    (code, remark, fields, body), bytes to be sent as they are, or None."""

    def __init__(self, answers=None):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.address = f'127.0.0.1:{self.port}'
        self.asked = []     # (code, fields)
        self.client_id = 'nobody'
        self.answers = answers or {}
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,),
                             daemon=True).start()

    def serve(self, peer):
        try:
            file = peer.makefile('rb')
            while True:
                head = file.read(8)
                if len(head) < 8:
                    return
                size, mark = struct.unpack('>iI', head)
                header = json.loads(file.read(mark & 0xffffff))
                body = file.read(size - 4 - (mark & 0xffffff))
                self.answer(peer, header, body)
        except (OSError, ValueError):
            pass
        finally:
            peer.close()

    def answer(self, peer, header, body):
        code, fields = header['code'], header.get('extFields') or {}
        with self.lock:
            self.asked.append((code, fields))
        if code == HEARTBEAT:
            self.client_id = json.loads(body)['clientID']
        if header.get('flag', 0) & 3:
            return
        answer = self.answers.get(code, self.honest)
        if answer == self.honest:
            answer = self.honest(code, fields)
        elif answer is not None:
            answer = answer(fields)
        if answer is None:
            return
        if isinstance(answer, bytes):
            peer.sendall(answer)
            return
        status, remark, back, text = answer
        out = json.dumps({'code': status, 'flag': 1, 'language': 'JAVA',
                          'opaque': header['opaque'], 'remark': remark,
                          'extFields': back,
                          'serializeTypeCurrentRPC': 'JSON',
                          'version': 493}).encode()
        peer.sendall(struct.pack('>ii', 4 + len(out) + len(text), len(out))
                     + out + text)

    def route(self, name='b', queues=1, address=None):
        return {'brokerDatas': [{'brokerName': name, 'cluster': 'c',
                                 'brokerAddrs': {'0': address or
                                                 self.address}}],
                'queueDatas': [{'brokerName': name, 'perm': 6,
                                'readQueueNums': queues,
                                'writeQueueNums': queues, 'topicSysFlag': 0}]}

    def honest(self, code, fields):
        bodies = {
            ROUTE: self.route(),
            CLUSTER: {'brokerAddrTable': {'b': {
                'brokerName': 'b', 'cluster': 'c',
                'brokerAddrs': {'0': self.address}}},
                'clusterAddrTable': {'c': ['b']}},
            TOPICS: {'topicList': ['T']},
            TOPIC: {'topicName': 'T', 'perm': 6, 'readQueueNums': 1,
                    'writeQueueNums': 1},
            MEMBERS_IDS: {'consumerIdList': [self.client_id]},
            GROUPS: {'subscriptionGroupTable': {'g': {'groupName': 'g'}}},
        }
        back = {'offset': '0', 'nextBeginOffset': '0', 'minOffset': '0',
                'maxOffset': '9', 'suggestWhichBrokerId': '0'}
        if code in (PULL, LITE_PULL):
            time.sleep(0.05)
            back['nextBeginOffset'] = fields['queueOffset']
            return 19, None, back, b''
        return 0, None, back, json.dumps(bodies.get(code, {})).encode()

    def commits(self):
        with self.lock:
            return [int(f['commitOffset']) for c, f in self.asked
                    if c == COMMIT]

    def count(self, *codes):
        with self.lock:
            return sum(c in codes for c, _ in self.asked)

    def close(self):
        self.listener.close()


def found(next_offset, body):
    back = {'nextBeginOffset': str(next_offset), 'minOffset': '0',
            'maxOffset': '1000', 'suggestWhichBrokerId': '0'}
    return lambda fields: (0, None, back, body)


class Ended:
    def __init__(self, status, out, err, seconds, mib):
        self.status, self.out, self.err = status, out, err
        self.seconds, self.mib = seconds, mib


def run(args, env=None, limits=(), seconds=SECONDS, stdin=None):
    """Runs a program, and holds it to what every one is held to."""
    began = time.monotonic()
    folder = tempfile.TemporaryDirectory()
    out = open(os.path.join(folder.name, 'out'), 'w+b')
    err = open(os.path.join(folder.name, 'err'), 'w+b')

    def limit():
        for what, value in limits:
            resource.setrlimit(what, (value, value))

    child = subprocess.Popen(
        args, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stdout=out, stderr=err, preexec_fn=limit,
        env={**os.environ, 'HOME': folder.name, **(env or {})})
    ended = threading.Event()
    threading.Thread(target=end_late, args=(child, ended, seconds, stdin),
                     daemon=True).start()
    most = [0]
    threading.Thread(target=watch_memory, args=(child, most, ended),
                     daemon=True).start()
    _, status = os.waitpid(child.pid, 0)
    child.returncode = status
    ended.set()
    late = time.monotonic() - began >= seconds
    texts = []
    for file in (out, err):
        file.seek(0)
        texts.append(file.read())
    folder.cleanup()
    check(not late, f'{args[1:3]} did not end')
    check(not os.WIFSIGNALED(status),
          f'{args[1:3]} ended by signal {status & 127}: {texts[1][-400:]}')
    for text in texts:
        shown = text.decode('utf-8', 'replace')
        steering = STEERS.search(shown)
        check(steering is None, f'{args[1:3]} wrote '
              f'{shown[max(0, (steering or re.match("", "")).start() - 20):][:60]!r}')
        check(is_text(text), f'{args[1:3]} wrote bytes that are no text')
        check('Sanitizer' not in shown and 'runtime error' not in shown,
              shown[-2000:])
    mib = most[-1]
    check(mib < MEMORY_MIB, f'{args[1:3]} took {mib} MiB')
    return Ended(os.WEXITSTATUS(status), texts[0].decode('utf-8', 'replace'),
                 texts[1].decode('utf-8', 'replace'),
                 time.monotonic() - began, mib)


def is_text(data):
    try:
        return data.decode() is not None
    except UnicodeDecodeError:
        return False


def watch_memory(child, most, ended):
    """The kernel's own mark counts what its parent was when it was forked."""
    while not ended.wait(0.002):
        try:
            with open(f'/proc/{child.pid}/status') as file:
                found = re.search(r'VmHWM:\s+(\d+) kB', file.read())
        except OSError:
            return
        if found:
            most.append(int(found[1]) // 1024)


def end_late(child, ended, seconds, stdin):
    """Ends the standard input after a while, and a program that does not."""
    if stdin:
        ended.wait(stdin)
        child.stdin.close()
    if not ended.wait(seconds):
        child.kill()


def check(fine, problem):
    if not fine:
        raise AssertionError(problem)


def skua(server, *args, **options):
    return run([SKUA, *args], {'SKUA_NAMESRV': server.address,
                               'LD_LIBRARY_PATH': LIBRARIES}, **options)


def member(server, seconds):
    """A consumer of the group g that ends after a while."""
    return run([DRIVER, 'member', server.address, 'g', 'T'],
               {'LD_LIBRARY_PATH': LIBRARIES}, stdin=seconds)


ATTACKS = []


def attack(function):
    ATTACKS.append((function.__name__.replace('_', '-'), function))
    return function


# --- routes, lists ---

@attack
def a_route_of_too_many_queues():
    server = Server()
    route = server.route()
    route['queueDatas'] = [{'brokerName': 'b', 'perm': 6,
                            'readQueueNums': 65536,
                            'writeQueueNums': 65536}] * 2000
    server.answers[ROUTE] = lambda f: (0, None, {}, json.dumps(route).encode())
    check(skua(server, 'topic', 'route', 'T').status != 0, 'it was taken')
    check(skua(server, 'send', '-t', 'T', 'x').status != 0, 'it was taken')
    server.close()


@attack
def a_route_of_too_many_brokers():
    server = Server()
    route = server.route()
    route['brokerDatas'] = [{'brokerName': f'b{i}', 'brokerAddrs': {
        '0': server.address}} for i in range(100000)]
    server.answers[ROUTE] = lambda f: (0, None, {}, json.dumps(route).encode())
    check(skua(server, 'topic', 'route', 'T').status != 0, 'it was taken')
    server.close()


@attack
def a_broker_told_of_twice():
    server = Server()
    route = server.route(queues=2)
    route['queueDatas'] *= 50
    server.answers[ROUTE] = lambda f: (0, None, {}, json.dumps(route).encode())
    server.answers[PULL] = None
    ended = skua(server, 'topic', 'route', 'T', '-o', 'tsv')
    check(ended.status == 0 and ended.out.count('\n') < 10, ended.out)
    server.close()


@attack
def a_list_that_fills_its_frame():
    server = Server({TOPICS: lambda f: (0, None, {}, json.dumps(
        {'topicList': [f't{i}' for i in range(900000)]}).encode())})
    skua(server, 'topic', 'list')
    server.close()


@attack
def members_by_the_ten_thousand():
    server = Server({MEMBERS: lambda f: (0, None, {}, json.dumps({
        'connectionSet': [{'clientId': f'c{i}', 'clientAddr': 'a'}
                          for i in range(100000)]}).encode())})
    ended = skua(server, 'group', 'members', 'g')
    check(ended.seconds < SECONDS / 2, f'{ended.seconds} s')
    server.close()


@attack
def numbers_out_of_range():
    big = 1 << 62

    def table(**figures):
        return lambda f: (0, None, {}, json.dumps({'offsetTable': {
            json.dumps({'brokerName': 'b', 'queueId': i, 'topic': 'T'}):
            figures for i in (7, 1 << 32, -1, big)}}).encode())

    server = Server({
        STATS: table(minOffset=-big * 2, maxOffset=big * 2 - 1),
        PROGRESS: table(brokerOffset=big * 2 - 1, consumerOffset=-big * 2),
        TOPIC: lambda f: (0, None, {}, json.dumps(
            {'perm': big, 'readQueueNums': big}).encode())})
    ended = skua(server, 'topic', 'stats', 'T', '-o', 'tsv')
    check(ended.out.count('\n') == 2 and '\t7\t' in ended.out, ended.out)
    ended = skua(server, 'group', 'lag', 'g', '-o', 'tsv')
    check(ended.out.count('\n') == 2 and '\t7\t' in ended.out, ended.out)
    check(skua(server, 'topic', 'show', 'T').status != 0, 'it was taken')
    skua(server, 'top', '--once')
    server.close()


# --- JSON, frames ---

@attack
def json_that_grows():
    deep = '{' * 40 + '"a":1' + '}:1' * 39 + '}'
    for text in (deep, '[' * 1000000, '{"topicList":' + '[' * 60 + ']' * 60 + '}',
                 '{"topicList":["' + '\\u0000' * 100 + '"]}', '{' * 8000000,
                 '[' + '0,' * 7900000 + '0]', '{"topicList":[1,null,{},"\\ud800"]}'):
        server = Server({TOPICS: lambda f, text=text:
                         (0, None, {}, text.encode())})
        skua(server, 'topic', 'list')
        server.close()


@attack
def frames_that_lie():
    for answer in (b'\0' * 64, b'\x7f\xff\xff\xff\0\0\0\x10' + b'x' * 100000,
                   b'\xff\xff\xff\xff\0\0\0\0', os.urandom(100000),
                   struct.pack('>iI', 100, 200) + b'{}',
                   struct.pack('>iI', 16 << 20, 0xffffff) + b'{' * 1000,
                   struct.pack('>ii', 6, 2) + b'{}',
                   struct.pack('>iI', 8, 0x01000004) + b'\0' * 4,
                   b'HTTP/1.1 400 Bad Request\r\n\r\n'):
        server = Server({TOPICS: lambda f, answer=answer: answer})
        check(skua(server, 'topic', 'list').status != 0, 'it was taken')
        server.close()


@attack
def silence():
    server = Server({TOPICS: None})
    check(skua(server, 'topic', 'list').status == 4, 'the wrong status')
    server.close()


# --- pulls ---

@attack
def a_pull_that_is_cut():
    whole = record(0, b'first') + record(1, b'second')
    for body in (whole[:-1], whole[:len(whole) - 30], whole + b'x',
                 whole + b'\0' * 100, b'\xff' * 50,
                 whole + struct.pack('>iI', 91, 0xdaa320a7) + b'\xff' * 83):
        server = Server({PULL: found(2, body)})
        ended = skua(server, 'receive', '-t', 'T', '-g', 'g', '--wait', '1')
        check(ended.status == 1 and 'not a message' in ended.err, ended.err)
        check(not any(server.commits()), f'committed {server.commits()}')
        server.close()


@attack
def a_pull_that_is_cut_for_a_member():
    server = Server({PULL: found(2, record(0) + record(1)[:-1])})
    ended = member(server, 2)
    check(server.count(PULL) > 0, 'nothing was pulled')
    check(not any(server.commits()), f'committed {server.commits()}')
    check('got' not in ended.out, ended.out)
    server.close()


@attack
def a_pull_that_goes_back():
    for offset in (-1, -(1 << 63), 1 << 63):
        server = Server({PULL: found(offset, record(0))})
        skua(server, 'receive', '-t', 'T', '-g', 'g', '--count', '1')
        check(all(0 <= c < 1 << 62 for c in server.commits()),
              f'committed {server.commits()}')
        server.close()


@attack
def found_and_nothing():
    server = Server({PULL: found(0, b'')})
    skua(server, 'receive', '-t', 'T', '-g', 'g', '--wait', '2')
    check(0 < server.count(PULL) < 100, f'{server.count(PULL)} pulls')
    server.close()
    for code in (0, 20, 21):
        server = Server({PULL: lambda f, code=code: (code, None, {
            'nextBeginOffset': f['queueOffset'], 'minOffset': '0',
            'maxOffset': '9'}, b'')})
        member(server, 2)
        check(0 < server.count(PULL) < 100, f'{code}: {server.count(PULL)} pulls')
        server.close()


@attack
def found_and_nothing_further_on():
    server = Server({PULL: lambda f: (0, None, {
        'nextBeginOffset': str(int(f['queueOffset']) + 1), 'minOffset': '0',
        'maxOffset': '9'}, b'')})
    skua(server, 'receive', '-t', 'T', '-g', 'g', '--wait', '2')
    check(0 < server.count(PULL) < 100, f'{server.count(PULL)} pulls')
    skua(server, 'message', 'offset', '-t', 'T', '-b', 'b', '-q', '0', '0')
    server.close()


@attack
def bodies_that_grow():
    bomb = record(0, zlib.compress(b'a' * (200 << 20)), flag=1)
    server = Server({PULL: found(1, bomb)})
    skua(server, 'receive', '-t', 'T', '-g', 'g', '--count', '1')
    server.answers[PULL] = found(
        6, b''.join(record(i, zlib.compress(b'a' * (20 << 20)), flag=1)
                    for i in range(6)))
    skua(server, 'receive', '-t', 'T', '-g', 'g', '--count', '6')
    server.close()


# --- what is shown ---

@attack
def text_that_steers_a_terminal():
    raw = EVIL.encode() + b'\x9b31m\xff\xe2\x80'
    properties = b'TAGS\x01' + raw + b'\x02KEYS\x01' + raw + b'\x02' \
        + raw + b'\x01' + raw + b'\x02'
    server = Server()
    table = json.dumps({'offsetTable': {json.dumps(
        {'brokerName': EVIL, 'queueId': 1, 'topic': EVIL}): {
            'minOffset': 0, 'maxOffset': 1, 'brokerOffset': 2,
            'consumerOffset': 1}}}).encode()
    server.answers = {
        CLUSTER: lambda f: (0, None, {}, json.dumps({'brokerAddrTable': {
            EVIL: {'cluster': EVIL, 'brokerName': EVIL,
                   'brokerAddrs': {'0': server.address, '1': EVIL}}},
            'clusterAddrTable': {EVIL: [EVIL]}}).encode()),
        ROUTE: lambda f: (0, None, {}, json.dumps(
            server.route(EVIL)).encode()),
        TOPICS: lambda f: (0, None, {}, json.dumps(
            {'topicList': [EVIL, 'T']}).encode()),
        PULL: found(1, record(0, raw, b'T', 0, properties)),
        VIEW: lambda f: (0, None, {}, record(0, raw, b'T', 0, properties)),
        QUERY: lambda f: (0, None, {}, record(0, raw, b'T', 0, properties)),
        STATS: lambda f: (0, None, {}, table),
        PROGRESS: lambda f: (0, None, {}, table),
        GROUPS: lambda f: (0, None, {}, json.dumps(
            {'subscriptionGroupTable': {EVIL: {}, 'g': {}}}).encode()),
        MEMBERS: lambda f: (0, None, {}, json.dumps({
            'consumeType': EVIL, 'messageModel': EVIL, 'connectionSet': [
                {'clientId': EVIL, 'clientAddr': EVIL, 'language': EVIL}],
            'subscriptionTable': {EVIL: {'topic': EVIL, 'subString': EVIL}},
        }).encode()),
        CONFIG: lambda f: (0, None, {}, b'a=' + raw.replace(
            b'\r\n', b'') + b'\n' + b'b\x1b[2J=1\n'),
        NAMESRV_CONFIG: lambda f: (1, EVIL, {}, b''),
        RUNTIME: lambda f: (0, None, {}, json.dumps(
            {'table': {EVIL: EVIL, 'brokerVersionDesc': EVIL}}).encode()),
        TOPIC: lambda f: (1, EVIL, {}, b''),
        GROUP: lambda f: (1, EVIL, {}, b''),
        SEND: lambda f: (1, EVIL, {}, b''),
    }
    commands = (
        ('topic', 'list'), ('topic', 'list', '-l'), ('topic', 'route', 'T'),
        ('topic', 'show', 'T'), ('topic', 'stats', 'T'), ('cluster',),
        ('cluster', '--stats'), ('group', 'list'), ('group', 'show', 'g'),
        ('group', 'members', 'g'), ('group', 'lag', 'g'), ('config', 'list'),
        ('config', 'get', 'a'), ('send', '-t', 'T', 'x'),
        ('message', 'offset', '-t', 'T', '-b', EVIL.rstrip(), '-q', '0', '0'),
        ('message', 'key', '-t', 'T', 'k'), ('topic', 'show', EVIL),
        ('receive', '-t', 'T', '-g', 'g', '--count', '1'),
        ('top', '--once'), ('nonsense' + EVIL,), ('topic', EVIL))
    for command in commands:
        for form in ((), ('-o', 'tsv'), ('--json',)):
            skua(server, *command, *form)
    server.close()


# --- nothing left ---

@attack
def no_descriptors():
    server = Server()
    for n in range(4, 14):
        for command in (('topic', 'list'), ('send', '-t', 'T', 'x'),
                        ('receive', '-t', 'T', '-g', 'g', '--wait', '1')):
            skua(server, *command, limits=((resource.RLIMIT_NOFILE, n),))
    server.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--only', default='', help='a regular expression')
    parser.add_argument('--list', action='store_true')
    args = parser.parse_args()
    chosen = [a for a in ATTACKS if re.search(args.only, a[0])]
    if args.list:
        print('\n'.join(name for name, _ in chosen))
        return 0
    failed = 0

    def one(named):
        began = time.monotonic()
        try:
            named[1]()
            return named[0], None, time.monotonic() - began
        except AssertionError as problem:
            return named[0], problem, time.monotonic() - began

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for name, problem, seconds in pool.map(one, chosen):
            failed += problem is not None
            print(f'{"FAIL" if problem else "ok  "} {name} ({seconds:.1f} s)'
                  + (f': {problem}' if problem else ''), flush=True)
    print(f'{len(chosen) - failed} passed, {failed} failed')
    return 1 if failed or not chosen else 0


sys.exit(main())
