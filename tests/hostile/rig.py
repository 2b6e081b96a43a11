# SPDX-License-Identifier: Apache-2.0
"""What an attack runs in: a broker of its own, somebody who behaves well
beside it, and the verdict.

An attack is a function with @attack; it gets a World.  While it runs, a
bystander sends a message and pulls it, again and again.  Afterwards the broker
must be there, its memory must have stayed below a bound and be back, and the
bystander must have been served."""

import atexit
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'wire'))

from frame import RESPONSE, Command, Connection, raw_frame  # noqa: E402

ATTACKS = []
GROWTH_MAX = 256 << 20   # anonymous memory above the base, bytes
BACK_MAX = 24 << 20      # what may be left of it
P99_MAX = 0.5            # of the bystander, seconds; a busy machine is slow
SANITIZED = os.environ.get('SKUA_SANITIZED') == 'yes'


def attack(name, **options):
    """Registers an attack.  Options: settings (a dict), limits (called in the
    broker's process before it starts), growth (bytes), p99 (seconds or None),
    back (bytes or None: not looked at)."""
    def add(function):
        ATTACKS.append((name, function, options))
        return function
    return add


class Failure(Exception):
    """What is wrong, as a sentence."""


def frame(code, ext=None, body=b'', oneway=False, opaque=1, version=493):
    return Command(code, ext, body, flag=2 if oneway else 0, opaque=opaque,
                   version=version).frame()


def rss_anon(pid):
    with open(f'/proc/{pid}/status', encoding='ascii') as file:
        return int(re.search(r'RssAnon:\s+(\d+)', file.read()).group(1)) << 10


RUNNING = set()


def end_all():
    """Whatever ends the test, no broker of its stays behind."""
    for process in RUNNING:
        process.kill()


atexit.register(end_all)
signal.signal(signal.SIGTERM, lambda number, frame_: sys.exit(1))


class Broker:
    def __init__(self, settings=None, limits=None):
        self.folder = tempfile.mkdtemp(prefix='skua-hostile-')
        self.conf = os.path.join(self.folder, 'broker.conf')
        with open(self.conf, 'w', encoding='utf-8') as file:
            file.write('brokerName=a\n')
        self.log_path = os.path.join(self.folder, 'log')
        self.settings = {
            'listenPort': 0, 'namesrvListenPort': 0,
            'brokerIP1': '127.0.0.1',
            'storePathRootDir': os.path.join(self.folder, 'store'),
            'kvConfigPath': os.path.join(self.folder, 'kv.json'),
            'configStorePath': os.path.join(self.folder, 'namesrv.conf'),
            'mappedFileSizeCommitLog': 64 << 20}
        self.settings.update(settings or {})
        self.limits = limits
        self.start()

    def start(self):
        command = [os.environ['SKUAD'], '-c', self.conf]
        for key, value in self.settings.items():
            command += ['-o', f'{key}={value}']
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log,
                preexec_fn=self.limits)
        RUNNING.add(self.process)
        line = self.process.stdout.readline().decode()
        found = re.search(r'namesrv (\S+?):(\d+), broker (\S+?):(\d+)', line)
        if not found:
            raise Failure('the broker did not start: ' + self.said()[-500:])
        self.namesrv = (found.group(1), int(found.group(2)))
        self.address = (found.group(3), int(found.group(4)))
        self.pid = self.process.pid
        self.base = rss_anon(self.pid)

    def said(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as file:
            return file.read()

    def cpu_seconds(self):
        with open(f'/proc/{self.pid}/stat', encoding='ascii') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def alive(self):
        return self.process.poll() is None

    def stop(self):
        """Ends it as an operator would; what is wrong, or None."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return 'it did not stop within 60 s'
        finally:
            RUNNING.discard(self.process)
        said = self.said()
        found = re.search(r'^.*(?:Sanitizer|runtime error).*', said, re.M)
        if found:
            return 'a sanitizer spoke:\n' + said[found.start():][:3000]
        if status != 0:
            return f'it ended with status {status}: ' + said[-1500:]
        return None

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Peer:
    """A raw connection.  Reads only when asked to."""

    def __init__(self, address, timeout=20):
        self.sock = socket.create_connection(address, timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        """False when the other side has closed."""
        try:
            self.sock.sendall(data)
            return True
        except OSError:
            return False

    def send_some(self, data, seconds):
        """As much as is taken in that time; the number of bytes."""
        sent, end = 0, time.monotonic() + seconds
        self.sock.setblocking(False)
        view = memoryview(data)
        while sent < len(data) and time.monotonic() < end:
            try:
                sent += self.sock.send(view[sent:sent + (1 << 20)])
            except BlockingIOError:
                time.sleep(0.005)
            except OSError:
                break
        self.sock.setblocking(True)
        return sent

    def read_some(self, seconds=5):
        """Whatever arrives first; b'' when closed, None when nothing does."""
        self.sock.settimeout(seconds)
        try:
            return self.sock.recv(1 << 20)
        except socket.timeout:
            return None
        except OSError:
            return b''

    def ask(self, data, seconds=20):
        """Sends a frame and reads one; None when the connection closed."""
        return self.answer(seconds) if self.send(data) else None

    def answer(self, seconds=20):
        from frame import parse_frame
        self.sock.settimeout(seconds)
        try:
            head = self._exactly(4)
            (size,) = struct.unpack('>i', head)
            if size < 4 or size > 16 << 20:
                raise Failure(f'an answer declares {size} bytes')
            return parse_frame(self._exactly(size))
        except (EOFError, ConnectionError):
            return None

    def _exactly(self, n):
        data = bytearray()
        while len(data) < n:
            got = self.sock.recv(min(n - len(data), 1 << 20))
            if not got:
                raise EOFError
            data += got
        return bytes(data)

    def close(self):
        self.sock.close()


class Bystander(threading.Thread):
    """One who sends a message and pulls it, all the time."""

    TOPIC = 'Bystander'

    def __init__(self, broker):
        super().__init__(daemon=True)
        self.broker, self.ending = broker, threading.Event()
        self.begun = threading.Event()
        self.times, self.wrong = [], None
        self.topic()

    def topic(self):
        conn = Connection(self.broker.address)
        answer = conn.ask(Command(17, {
            'topic': self.TOPIC, 'readQueueNums': 1, 'writeQueueNums': 1,
            'perm': 6, 'topicFilterType': 'SINGLE_TAG', 'topicSysFlag': 0,
            'order': 'false', 'defaultTopic': 'TBW102'}), 20)
        if answer is None or answer.code != 0:
            raise Failure('no topic for the bystander: '
                          f'{answer and answer.remark}')
        conn.close()

    def once(self, conn, offset):
        sent = conn.ask(Command(310, {
            'a': 'bystander', 'b': self.TOPIC, 'c': 'TBW102', 'd': '4',
            'e': '0', 'f': '0', 'g': '1700000000000', 'h': '0', 'i': '',
            'j': '0', 'k': 'false', 'm': 'false'}, b'x' * 100), 60)
        got = conn.ask(Command(11, {
            'consumerGroup': 'bystander', 'topic': self.TOPIC, 'queueId': '0',
            'queueOffset': str(offset), 'maxMsgNums': '32', 'sysFlag': '4',
            'commitOffset': '0', 'suspendTimeoutMillis': '0',
            'subscription': '*', 'subVersion': '0',
            'expressionType': 'TAG'}), 60)
        if sent is None or got is None:
            raise Failure('the bystander got no answer for a minute')
        if sent.code != 0 or got.code != 0:
            raise Failure(f'the bystander was answered {sent.code} '
                          f'({sent.remark}), {got.code} ({got.remark})')

    def run(self):
        try:
            conn = Connection(self.broker.address)
            offset = 0
            while not self.ending.is_set():
                began = time.monotonic()
                self.once(conn, offset)
                self.times.append(time.monotonic() - began)
                self.begun.set()
                offset += 1
                time.sleep(0.002)
            conn.close()
        except (Failure, OSError) as err:
            self.wrong = str(err)
        self.begun.set()

    def end(self):
        self.ending.set()
        self.join(70)

    def p99(self):
        ordered = sorted(self.times)
        return ordered[int(len(ordered) * 0.99)] if ordered else 60.0


class Watch(threading.Thread):
    """The largest anonymous memory seen."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.ending = pid, 0, threading.Event()

    def run(self):
        try:
            while not self.ending.is_set():
                self.peak = max(self.peak, rss_anon(self.pid))
                time.sleep(0.005)
        except (OSError, AttributeError):
            pass


class World:
    """What an attack sees."""

    def __init__(self, broker, full):
        self.broker, self.full = broker, full
        self.peers = []

    def peer(self, port='broker'):
        address = self.broker.address if port == 'broker' else \
            self.broker.namesrv
        self.peers.append(Peer(address))
        return self.peers[-1]

    def scale(self, short, complete):
        return complete if self.full else short

    def ask(self, code, ext=None, body=b'', port='broker', seconds=20):
        """One request on a connection of its own."""
        peer = Peer(self.broker.address if port == 'broker' else
                    self.broker.namesrv)
        answer = peer.ask(frame(code, ext, body), seconds)
        peer.close()
        return answer

    def expect(self, condition, words):
        if not condition:
            raise Failure(words)

    def close(self):
        for peer in self.peers:
            peer.close()


def memory_back(broker, bound, seconds=10):
    """Waits until memory is below the bound; what it is then."""
    end = time.monotonic() + seconds
    while rss_anon(broker.pid) > bound and time.monotonic() < end:
        time.sleep(0.05)
    return rss_anon(broker.pid)


def verdict(world, broker, bystander, watch, options):
    if not broker.alive():
        raise Failure('the broker is gone: ' + broker.said()[-3000:])
    if bystander.wrong:
        raise Failure(bystander.wrong)
    bound = options.get('p99', P99_MAX)
    if bound is not None and not SANITIZED and bystander.p99() > bound:
        raise Failure(f'p99 of the bystander is {bystander.p99():.3f} s')
    if SANITIZED:
        return
    grown = watch.peak - broker.base
    if grown > options.get('growth', GROWTH_MAX):
        raise Failure(f'memory grew by {grown >> 20} MiB')
    back = options.get('back', BACK_MAX)
    if back is not None:
        left = memory_back(broker, broker.base + back) - broker.base
        if left > back:
            raise Failure(f'{left >> 20} MiB are not given back')


def run_one(name, function, options, full):
    """A sentence about what is wrong, or None; and the figures."""
    broker = Broker(options.get('settings'), options.get('limits'))
    problem, figures = None, ''
    try:
        bystander, watch = Bystander(broker), Watch(broker.pid)
        world = World(broker, full)
        watch.start()
        bystander.start()
        bystander.begun.wait(60)
        try:
            function(world)
        finally:
            bystander.end()
            world.close()
            watch.ending.set()
            figures = f'peak +{(watch.peak - broker.base) >> 20} MiB, ' \
                f'bystander p99 {bystander.p99() * 1000:.1f} ms'
        verdict(world, broker, bystander, watch, options)
    except (Failure, OSError) as err:
        problem = f'{type(err).__name__}: {err}' \
            if not isinstance(err, Failure) else str(err)
    ended = broker.stop()
    if problem or ended:
        problem = '; '.join(filter(None, [problem, ended]))
    broker.remove()
    return problem, figures
