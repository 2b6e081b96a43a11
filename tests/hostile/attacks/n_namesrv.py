# SPDX-License-Identifier: Apache-2.0
"""What one who registers can do to a nameserver."""

import json
import struct
import threading
import time
import zlib

from rig import Failure, Peer, attack, frame


def fields(name='evil', address='127.0.0.1:1', compressed=False, **more):
    return {'brokerName': name, 'brokerAddr': address, 'clusterName': 'c',
            'brokerId': '0', 'haServerAddr': '127.0.0.1:2', 'bodyCrc32': '0',
            'compressed': str(compressed).lower(), **more}


def block(data):
    return struct.pack('>i', len(data)) + data


def compressed(n):
    """A registration of n topics."""
    lines = b''.join(block(b't-%d 1 1 6 SINGLE_TAG' % i) for i in range(n))
    return zlib.compress(block(b'{"counter":1,"stateVersion":0,"timestamp":1}')
                         + struct.pack('>i', n) + lines + block(b'[]')
                         + struct.pack('>i', 0))


def registration(topics):
    return json.dumps({'filterServerList': [], 'topicConfigSerializeWrapper': {
        'dataVersion': {'counter': 1, 'stateVersion': 0, 'timestamp': 1},
        'topicConfigTable': {name: {
            'topicName': name, 'perm': 6, 'readQueueNums': 1,
            'writeQueueNums': 1} for name in topics}}}).encode()


class Routes(threading.Thread):
    """Asks for a route all the time."""

    def __init__(self, w):
        super().__init__(daemon=True)
        self.w, self.ending, self.worst = w, threading.Event(), 0.0
        self.n = 0

    def run(self):
        peer = Peer(self.w.broker.namesrv)
        while not self.ending.is_set():
            began = time.monotonic()
            answer = peer.ask(frame(105, {'topic': 'Bystander'}))
            if answer is None or answer.code != 0:
                self.worst = 60.0
                return
            self.worst = max(self.worst, time.monotonic() - began)
            self.n += 1
        peer.close()

    def end(self):
        self.ending.set()
        self.join(30)


def bystander_has_a_route(w):
    answer = w.ask(105, {'topic': 'Bystander'}, port='namesrv')
    w.expect(answer is not None and answer.code == 0 and
             b'"brokerName":' in answer.body, f'no route: {answer}')
    return answer.body


# Of what many small pieces held, the C library keeps some.
@attack('namesrv-topics-by-the-million', back=64 << 20)
def topics_by_the_million(w):
    """The lock was held for seconds, and nothing bounded the table."""
    routes = Routes(w)
    routes.start()
    peer = w.peer('namesrv')
    answer = peer.ask(frame(103, fields(compressed=True), compressed(1000000)),
                      60)
    w.expect(answer is not None and answer.code != 0, 'a million were taken')
    for i in range(w.scale(2, 8)):
        answer = peer.ask(frame(103, fields(f'evil-{i}', f'127.0.0.1:{i + 1}',
                                            True), compressed(300000)), 60)
        w.expect(answer is not None, 'no answer')
    w.expect(w.ask(206, {}, port='namesrv', seconds=60) is not None,
             'no answer')
    peer.close()
    deadline = time.monotonic() + 20
    while b'evil' in w.ask(106, {}, port='namesrv').body:
        w.expect(time.monotonic() < deadline, 'the broker stays')
    routes.end()
    w.expect(routes.n > 10, 'no route was asked for')
    # The reading of a body holds up the loop of its connection, not the lock.
    w.expect(routes.worst < 1.0, f'a route took {routes.worst:.3f} s')
    bystander_has_a_route(w)


@attack('namesrv-an-address-that-escapes')
def an_address_that_escapes(w):
    for text in ('\u00e9' * 127, '\U0001f426' * 60, '\x1b[2J', '"' * 255,
                 'a' * 255, 'a b:1', '../..:1', '', ':', 'x:99999999'):
        for ext in (fields(address=text), fields(name=text),
                    fields(clusterName=text)):
            answer = w.ask(103, ext, registration(['Bystander', 'T']),
                           'namesrv')
            w.expect(answer is not None, 'no answer')
    bystander_has_a_route(w)


@attack('namesrv-names-no-broker-takes')
def names_no_broker_takes(w):
    peer = w.peer('namesrv')
    names = ['$(touch x)', '../../x', '\x1b[2J', 'a b', 'x' * 300, '', '"']
    answer = peer.ask(frame(103, fields(), registration(names + ['fine',
                                                                 'too'])))
    w.expect(answer is not None and answer.code == 0, f'{answer}')
    listed = json.loads(w.ask(206, {}, port='namesrv').body)['topicList']
    w.expect('fine' in listed, 'nothing was taken')
    for name in names:
        w.expect(name not in listed, f'{name!r} was taken')
        w.ask(217, {'topic': name}, b'{"queueDatas":[]}', 'namesrv')


@attack('namesrv-brokers-by-the-ten-thousand',
        settings={'namesrvMaxBrokers': 1000})
def brokers_by_the_ten_thousand(w):
    peer, refused = w.peer('namesrv'), 0
    for i in range(w.scale(2000, 20000)):
        answer = peer.ask(frame(103, fields(f'b{i}', f'127.0.0.1:{i + 1}'),
                                registration(['T', 'U'])))
        if answer is None:
            raise Failure('no answer')
        refused += answer.code != 0
    w.expect(refused >= 1000, f'{refused} refused')
    bystander_has_a_route(w)


@attack('namesrv-speaks-for-others')
def speaks_for_others(w):
    before = bystander_has_a_route(w)
    name = json.loads(before)['queueDatas'][0]['brokerName']
    for topic in 'Bystander', 'New':
        w.ask(217, {'topic': topic}, json.dumps({'queueDatas': [{
            'brokerName': name, 'perm': 0, 'readQueueNums': 0,
            'writeQueueNums': 0}]}).encode(), 'namesrv')
    w.expect(bystander_has_a_route(w) == before, 'the route is another')
    answer = w.ask(105, {'topic': 'New'}, port='namesrv')
    w.expect(answer.code == 17, 'a topic was made for another broker')


@attack('namesrv-values-without-end')
def values_without_end(w):
    """More than the file may have when it is read was written."""
    refused, value = 0, 'v' * 950000
    for i in range(w.scale(20, 100)):
        answer = w.ask(100, {'namespace': 'n', 'key': str(i), 'value': value},
                       port='namesrv')
        w.expect(answer is not None, 'no answer')
        refused += answer.code != 0
    w.expect(refused > 0, 'all were taken')
    for i in range(20):
        answer = w.ask(102, {'namespace': 'n', 'key': str(i)}, port='namesrv')
        w.expect(answer.code == 0, f'not removed: {answer.remark}')
    answer = w.ask(100, {'namespace': 'n', 'key': 'k', 'value': 'v'},
                   port='namesrv')
    w.expect(answer.code == 0, f'no room: {answer.remark}')
