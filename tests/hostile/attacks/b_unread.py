# SPDX-License-Identifier: Apache-2.0
"""Answers that nobody reads, frames that never end, requests that wait."""

import struct
import time

from rig import Peer, attack, frame

SEND = {'a': 'p', 'b': 'Big', 'c': 'TBW102', 'd': '4', 'e': '0', 'f': '0',
        'g': '1700000000000', 'h': '0', 'i': '', 'j': '0', 'k': 'false',
        'm': 'false'}


def pull(offset=0, topic='Big', queue=0, hold=0, group='g', flag=None):
    return {'consumerGroup': group, 'topic': topic, 'queueId': str(queue),
            'queueOffset': str(offset), 'maxMsgNums': '32',
            'sysFlag': str(flag if flag is not None else 4 | (2 if hold else 0)),
            'commitOffset': '0', 'suspendTimeoutMillis': str(hold),
            'subscription': '*', 'subVersion': '0', 'expressionType': 'TAG'}


@attack('view-large-messages-unread')
def view_unread(w):
    """2,000 requests of 42 bytes, each for an answer of 4 MB."""
    sent = w.ask(310, SEND, b'x' * 4000000)
    w.expect(sent is not None and sent.code == 0, 'the message was refused')
    pos = int(sent.ext['msgId'][16:], 16)
    peers = [w.peer() for _ in range(w.scale(4, 100))]
    many = b''.join(frame(33, {'offset': str(pos)}, opaque=i)
                    for i in range(2000))
    for peer in peers:
        peer.send_some(many, 2)
    time.sleep(1)
    reader = Peer(w.broker.address)
    answer = reader.ask(frame(33, {'offset': str(pos)}), 30)
    w.expect(answer is not None and answer.code == 0 and
             len(answer.body) > 4000000, 'the message was not answered whole')
    reader.close()


@attack('copied-answers-unread')
def copied_unread(w):
    """Answers that are built, not views: settings, topics, groups."""
    peers = [w.peer() for _ in range(w.scale(10, 100))]
    many = b''.join(frame(code, opaque=i) for i in range(3000)
                    for code in (26, 21, 201, 28))
    for peer in peers:
        peer.send_some(many, 0.5)
    time.sleep(2)


@attack('frames-that-do-not-end')
def unfinished(w):
    """16 MiB of a frame each, but for its last byte."""
    peers = [w.peer() for _ in range(w.scale(30, 200))]
    body = struct.pack('>iI', (16 << 20) - 8, 100) + b'x' * ((16 << 20) - 100)
    for peer in peers:
        peer.send_some(body, 1)
    time.sleep(1)


@attack('requests-for-the-main-thread')
def main_thread(w):
    """100,000 on one connection, in one go."""
    peers = [w.peer() for _ in range(w.scale(2, 100))]
    many = frame(28, {'x': 'y' * 200}, opaque=7) * w.scale(100000, 100000)
    for peer in peers:
        peer.send_some(many, 3)
    time.sleep(1)


@attack('large-heartbeats')
def heartbeats(w):
    """300 of 8 MB, unread; the main thread takes them one by one."""
    body = b'{"clientID":"c","consumerDataSet":[],"producerDataSet":[],"x":"' \
        + b'y' * 8000000 + b'"}'
    many = frame(34, None, body)
    peers = [w.peer() for _ in range(w.scale(10, 100))]
    for _ in range(w.scale(3, 3)):
        for peer in peers:
            peer.send_some(many, 1)


@attack('long-polls-for-ever')
def long_polls(w):
    """200,000 on one connection, for 100 years each."""
    for hold in 3155760000000, 2 ** 63 - 1, -2 ** 63:
        peer = w.peer()
        many = b''.join(frame(11, pull(1 << 20, 'Bystander', 0, hold,
                                       'lp'), opaque=i)
                        for i in range(w.scale(70000, 200000)))
        peer.send_some(many, 10)
    time.sleep(1)


@attack('largest-numbers')
def numbers(w):
    """Every numeric field of the hot requests at the edges of 32 and 64
    bits; each is answered."""
    edges = [str(v) for v in (2 ** 63 - 1, -2 ** 63, 2 ** 31, -2 ** 31 - 1,
                              2 ** 32, 2 ** 32 + 1, -1, 0)] + \
        ['', 'x', '9' * 400, '1e9', '0x10', ' 1']
    bases = {11: pull(0, 'Bystander'), 310: dict(SEND, b='Bystander'),
             15: {'consumerGroup': 'g', 'topic': 'Bystander', 'queueId': '0',
                  'commitOffset': '0'},
             14: {'consumerGroup': 'g', 'topic': 'Bystander', 'queueId': '0'},
             29: {'topic': 'Bystander', 'queueId': '0', 'timestamp': '0'},
             30: {'topic': 'Bystander', 'queueId': '0'},
             33: {'offset': '0'}, 12: {'topic': 'Bystander', 'key': 'k',
                                       'maxNum': '32', 'beginTimestamp': '0',
                                       'endTimestamp': '0'},
             222: {'topic': 'Bystander', 'group': 'g', 'timestamp': '0',
                   'isForce': 'true', 'offset': '0', 'queueId': '0'}}
    peer = w.peer()
    for code, base in bases.items():
        for field in base:
            for edge in edges:
                answer = peer.ask(frame(code, dict(base, **{field: edge})))
                if answer is None:
                    peer = w.peer()


@attack('a-queue-id-of-more-than-32-bits')
def wide_queue_id(w):
    """Was cut, so that queue 0's offset was written."""
    w.ask(11, pull(0, 'Bystander', 0, 0, 'wide'))  # which makes the group
    for queue in 4294967296, 4294967297, -4294967296, 2 ** 31:
        answer = w.ask(15, {'consumerGroup': 'wide', 'topic': 'Bystander',
                            'queueId': str(queue), 'commitOffset': '77'})
        w.expect(answer.code == 29, f'{queue}: {answer.code}')
    answer = w.ask(14, {'consumerGroup': 'wide', 'topic': 'Bystander',
                        'queueId': '0'})
    w.expect(answer.code == 22 or answer.ext.get('offset') != '77',
             'the offset of queue 0 was written')


@attack('asking-for-all-messages-at-once')
def all_at_once(w):
    """maxMsgNums was the bound of the scan."""
    sends = b''.join(frame(310, dict(SEND, b='Many'), b'x', opaque=i)
                     for i in range(20000))
    peer = w.peer()
    w.expect(w.ask(310, dict(SEND, b='Many'), b'x').code == 0, 'not sent')
    peer.send(sends)
    for _ in range(20000):
        w.expect(peer.answer() is not None, 'no answer')
    began = time.monotonic()
    many = b''.join(frame(11, dict(pull(0, 'Many', 0), subscription='none',
                                   maxMsgNums=str(2 ** 31 - 1)), opaque=i)
                    for i in range(2000))
    peer.send(many)
    for _ in range(2000):
        w.expect(peer.answer() is not None, 'no answer')
    w.expect(time.monotonic() - began < 20, 'it took too long')
