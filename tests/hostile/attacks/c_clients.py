# SPDX-License-Identifier: Apache-2.0
"""Heartbeats, groups and topics."""

import json
import time

from rig import Failure, attack, frame
from attacks.b_unread import SEND, pull


def heartbeat(client, groups, subscriptions=1, producers=()):
    return json.dumps({
        'clientID': client,
        'consumerDataSet': [{
            'groupName': g, 'consumeType': 'CONSUME_PASSIVELY',
            'messageModel': 'CLUSTERING',
            'consumeFromWhere': 'CONSUME_FROM_LAST_OFFSET',
            'subscriptionDataSet': [
                {'topic': f't{i}', 'subString': '*', 'subVersion': i,
                 'tagsSet': [], 'codeSet': [], 'expressionType': 'TAG'}
                for i in range(subscriptions)]} for g in groups],
        'producerDataSet': [{'groupName': p} for p in producers]}).encode()


@attack('one-group-many-times-in-a-heartbeat')
def one_group_often(w):
    """Was published once for each, a copy of everything each time."""
    body = json.loads(heartbeat('c', ['g'] * 1))
    one = body['consumerDataSet'][0]
    body['consumerDataSet'] = [
        dict(one, consumeType=f'T{i}', subscriptionDataSet=[
            dict(one['subscriptionDataSet'][0], topic=f'x{i}', subVersion=i)])
        for i in range(3000)]
    for _ in range(w.scale(3, 30)):
        answer = w.ask(34, None, json.dumps(body).encode())
        w.expect(answer is not None, 'no answer')


@attack('thousands-join-a-group')
def many_join(w):
    peers = [w.peer() for _ in range(w.scale(1500, 4000))]
    body = [heartbeat(f'client-{i}', ['crowd']) for i in range(len(peers))]
    began = time.monotonic()
    for i, peer in enumerate(peers):
        peer.send(frame(34, None, body[i]))
    # The answer, and as much as 10 requests a second that others came.
    for peer in peers:
        w.expect(peer.answer(30) is not None, 'no answer to a heartbeat')
    w.expect(time.monotonic() - began < 30, 'it took too long')


@attack('heartbeats-that-are-kept')
def kept(w):
    """New groups, clients and subscriptions without an end."""
    peers = [w.peer() for _ in range(w.scale(20, 100))]
    busy = 0
    for turn in range(w.scale(3, 20)):
        for i, peer in enumerate(peers):
            peer.send(frame(34, None, heartbeat(
                f'{i}-{turn}' + 'c' * 1000, [f'k{i}-{turn}-{g}' for g in
                                             range(20)], 100,
                [f'p{i}-{turn}-{p}' * 8 for p in range(500)])))
            answer = peer.answer(60)
            busy += answer is not None and answer.code == 2
    w.expect(busy > 0 or not w.full, 'nothing was ever refused')


@attack('a-heartbeat-that-is-too-large')
def too_large(w):
    answer = w.ask(34, None, b'{"clientID":"' + b'c' * 2000000 + b'"}')
    w.expect(answer.code == 1 and 'maxHeartbeatBytes' in answer.remark,
             f'{answer.code} {answer.remark}')


@attack('groups-that-nobody-made', settings={'maxAutoCreatedGroups': 500})
def groups(w):
    peer = w.peer()
    for i in range(w.scale(2000, 20000)):
        peer.send(frame(11, pull(0, 'Bystander', 0, 0, f'new{i}')))
        peer.send(frame(352, {'group': f'read{i}'}))
        peer.answer()
        peer.answer()
    answer = w.ask(201)
    w.expect(answer.body.count(b'"groupName"') <= 501,
             f'{answer.body.count(b"groupName")} groups')
    w.expect(b'"read' not in answer.body, 'a read made a group')


@attack('topics-that-nobody-made', settings={'maxAutoCreatedTopics': 200})
def topics(w):
    peer = w.peer()
    codes = []
    for i in range(w.scale(1000, 10000)):
        codes.append(peer.ask(frame(310, dict(SEND, b=f'new{i}'), b'x')).code)
    w.expect(codes[0] == 0 and codes[-1] == 17,
             f'answered {codes[0]}, then {codes[-1]}')


@attack('an-answer-larger-than-a-frame')
def large_answer(w):
    """208 over topics of 65,536 empty queues each."""
    for i in range(8):
        answer = w.ask(17, {
            'topic': f'Wide{i}', 'readQueueNums': 65536,
            'writeQueueNums': 65536, 'perm': 6, 'order': 'false',
            'topicFilterType': 'SINGLE_TAG', 'defaultTopic': 'TBW102',
            'topicSysFlag': 0})
        w.expect(answer.code == 0, answer.remark)
    names = ';'.join(f'Wide{i % 8}' for i in range(50))
    for code, ext in (208, {'consumerGroup': 'g', 'topicList': names}), \
            (208, {'consumerGroup': 'g', 'topicList': 'Wide0;Wide1;Wide2'}):
        answer = w.ask(code, ext, seconds=60)
        w.expect(answer is not None and answer.code == 1 and
                 'frame' in answer.remark,
                 f'{answer and (answer.code, answer.remark, len(answer.body))}')
    answer = w.ask(202, {'topic': 'Wide0'}, seconds=60)
    w.expect(answer.code == 0, answer.remark)


@attack('stats-of-wide-topics-at-once')
def many_stats(w):
    """They are read by a thread of their own: heartbeats are answered."""
    w.expect(w.ask(17, {
        'topic': 'Wide', 'readQueueNums': 65536, 'writeQueueNums': 65536,
        'perm': 6, 'order': 'false', 'topicFilterType': 'SINGLE_TAG',
        'defaultTopic': 'TBW102', 'topicSysFlag': 0}).code == 0, 'no topic')
    peers = [w.peer() for _ in range(w.scale(10, 100))]
    many = b''.join(frame(code, ext, opaque=i) for i in range(50)
                    for code, ext in ((202, {'topic': 'Wide'}), (21, None),
                                      (201, None), (26, None), (28, None)))
    for peer in peers:
        peer.send_some(many, 0.2)
    slowest = 0
    for i in range(20):
        began = time.monotonic()
        answer = w.ask(34, None, heartbeat('calm', ['calm']))
        w.expect(answer is not None and answer.code == 0, 'no heartbeat')
        slowest = max(slowest, time.monotonic() - began)
    if slowest > 2:
        raise Failure(f'a heartbeat took {slowest:.1f} s')


@attack('connections-from-one-address',
        settings={'maxConnectionsPerAddress': 50})
def per_address(w):
    peers = [w.peer() for _ in range(200)]
    time.sleep(0.5)
    closed = sum(p.read_some(0.01) == b'' for p in peers)
    w.expect(closed >= 150, f'only {closed} were closed')
    for peer in peers:
        peer.close()
    time.sleep(0.5)
    answer = w.ask(28)
    w.expect(answer is not None, 'nobody is let in afterwards')
    shown = json.loads(answer.body)['table']
    w.expect(int(shown['connectionsRefused']) >= 150 and
             0 < int(shown['connections']) <= 50, f'28 shows {shown}')
