"""Pulling: codes 11 and 361, long polls, filters."""

import time

from frame import BINARY, Command, until
from suite import (READ, WRITE, case, consumer, heartbeat, java_hash, pull,
                   send_v2, subscription)

SUSPEND, SUBSCRIPTION = 2, 4


@case
def found(p):
    topic = p.topic(queues=1)
    p.fill(topic, 0, 3, tags=['A', 'B'])
    p.both_encodings('broker', 11, pull(topic))
    p.broker('lite', 361, pull(topic, sysFlag='20'))
    p.broker('lite code without lite flag', 361, pull(topic))
    p.broker('lite flag without lite code', 11, pull(topic, sysFlag='20'))
    p.broker('from 1', 11, pull(topic, offset=1))
    p.broker('one message', 11, pull(topic, maxMsgNums='1'))
    p.broker('from 2, max 0', 11, pull(topic, offset=2, maxMsgNums='0'))
    p.broker('max -1', 11, pull(topic, maxMsgNums='-1'))
    p.broker('maxMsgBytes 1', 11, pull(topic, maxMsgBytes='1'))
    p.broker('requestSource', 11, pull(topic, requestSource='0'))


def only_counts(shown):
    messages = shown.get('body', {}).pop('messages', None)
    if messages is not None:
        shown['body'] = {'count': len(messages)}
    return shown


@case
def outcomes(p):
    topic = p.topic(queues=2)
    p.fill(topic, 0, 3)
    for offset in (0, 2, 3, 4, 5, 1000, -1, -2, 9223372036854775807):
        p.broker(f'offset {offset} of 3', 11, pull(topic, offset=offset),
                 view=only_counts)
    for offset in (0, 1, -1):
        p.broker(f'offset {offset} of an empty queue', 11,
                 pull(topic, 1, offset))


@case
def queue_range(p):
    topic = p.topic(queues=2)
    for queue in ('2', '3', '-1', '2147483647'):
        p.broker(f'queue {queue} of 2', 11, pull(topic, queue))


@case
def missing(p):
    topic = p.topic(queues=1)
    p.fill(topic, 0, 1)
    p.without_each('broker', 11, pull(topic))
    p.broker('no ext fields', 11)
    p.broker('no ext fields, lite', 361)


@case
def bad_values(p):
    topic = p.topic(queues=1)
    p.fill(topic, 0, 1)
    changes = [(key, value) for key in
               ('queueId', 'queueOffset', 'maxMsgNums', 'sysFlag',
                'commitOffset', 'suspendTimeoutMillis', 'subVersion')
               for value in ('x', '')]
    p.with_each('broker', 11, pull(topic), changes)
    p.broker('bad value, binary header', 11, pull(topic, queueId='x'),
             encoding=BINARY)


@case
def unknown(p):
    topic = p.topic(queues=1)
    p.broker('topic', 11, pull(p.name('none')))
    p.broker('topic empty', 11, pull(''))
    p.broker('group', 11, pull(topic, group=p.name('newgroup')))
    p.broker('group made by the pull', 352, {'group': p.name('newgroup')})
    p.broker('group empty', 11, pull(topic, group=''))
    p.broker('group with a bad name', 11, pull(topic, group='a b'))
    p.broker('group too long', 11, pull(topic, group='g' * 256))


@case
def group_auto_creation_off(p):
    topic = p.topic(queues=1)
    p.quiet(25, None, b'autoCreateSubscriptionGroup=false\n')
    p.broker('unknown group', 11, pull(topic, group=p.name('g')))
    p.quiet(25, None, b'autoCreateSubscriptionGroup=true\n')
    p.broker('unknown group, on again', 11, pull(topic, group=p.name('g')))


@case
def permissions(p):
    p.broker('topic not readable', 11, pull(p.topic('w', perm=WRITE)))
    p.broker('topic read only', 11, pull(p.topic('r', perm=READ)))
    topic = p.topic()
    p.quiet(25, None, b'brokerPermission=2\n')
    p.broker('broker not readable', 11, pull(topic))
    p.quiet(25, None, b'brokerPermission=6\n')
    p.quiet(25, None, b'litePullMessageEnable=false\n')
    p.broker('lite pull off', 361, pull(topic, sysFlag='20'))
    p.quiet(25, None, b'litePullMessageEnable=true\n')


@case
def subscription_from_heartbeat(p):
    topic, other, group = p.topic(queues=1), p.topic('o'), p.name('g')
    p.fill(topic, 0, 4, tags=['A', 'B', 'C'])
    ask = pull(topic, group=group, sysFlag='0', subscription='')
    p.broker('before any heartbeat', 11, ask)
    conn = p.join('c1', group, [subscription(topic, 'A||C', 5)])
    p.broker('after it', 11, ask, conn=conn)
    p.broker('older version asked', 11, {**ask, 'subVersion': '4'},
             conn=conn)
    p.broker('same version asked', 11, {**ask, 'subVersion': '5'}, conn=conn)
    p.broker('newer version asked', 11, {**ask, 'subVersion': '6'},
             conn=conn)
    p.broker('topic not subscribed', 11, {**ask, 'topic': other}, conn=conn)
    p.broker('its retry topic', 11, {**ask, 'topic': '%RETRY%' + group},
             conn=conn)
    p.broker('subscription of its own goes first', 11,
             pull(topic, group=group, subscription='B'), conn=conn)
    conn.close()
    until(lambda: p.quiet(38, {'consumerGroup': group}).code != 0)
    p.broker('after the connection closed', 11, ask)


@case
def tag_filters(p):
    topic = p.topic(queues=1)
    p.fill(topic, 0, 6, tags=['A', 'B', 'CC', 'Bb'])
    for expression in ('*', '', 'A', 'A||B', ' A || B ', 'A||', '||', 'none',
                       'A,B', '*||A', 'CC', 'AA || BB', 'a'):
        p.broker(repr(expression), 11, pull(topic, subscription=expression),
                 view=only_tags)
    p.broker('nothing matches from 4', 11,
             pull(topic, offset=4, subscription='none'))
    p.broker('same hash, other tag', 11, pull(topic, subscription='CC'),
             view=only_tags)


def only_tags(shown):
    messages = shown.get('body', {}).pop('messages', None)
    if messages is not None:
        shown['body'] = {'found': [
            f'{m["queueOffset"]} {m["properties"].get("TAGS")}'
            for m in messages]}
    return shown


@case
def hash_collision(p):
    """Aa and BB have one hash: the broker lets both pass."""
    topic = p.topic(queues=1)
    p.fill(topic, 0, 4, tags=['Aa', 'BB'])
    assert java_hash('Aa') == java_hash('BB')
    p.broker('Aa', 11, pull(topic, subscription='Aa'), view=only_tags)


@case
def filter_scan_limit(p):
    """A pull that matches little looks at a bounded stretch."""
    topic = p.topic(queues=1)
    p.fill(topic, 0, 900, tags=['A'])
    p.broker('no match in 900', 11, pull(topic, subscription='B'))
    p.broker('no match from 100', 11,
             pull(topic, offset=100, subscription='B'))
    p.broker('32 of 900', 11, pull(topic), view=only_counts)
    p.broker('100 asked', 11, pull(topic, maxMsgNums='100'),
             view=only_counts)


@case
def size_limit(p):
    """An answer carries about 256 KiB."""
    topic = p.topic(queues=1)
    for _ in range(8):
        p.quiet(310, send_v2(topic), bytes(60000))
    p.quiet(310, send_v2(topic), bytes(300000))
    p.quiet(310, send_v2(topic), bytes(300000))
    until(lambda: p.max_offset(topic) >= 10)
    p.broker('8 x 60000', 11, pull(topic), view=only_counts)
    p.broker('a large one first', 11, pull(topic, offset=8),
             view=only_counts)
    p.broker('a large one second', 11, pull(topic, offset=7),
             view=only_counts)


@case
def expressions(p):
    topic = p.topic(queues=1)
    p.fill(topic, 0, 1, tags=['A'])
    for kind, text in (('', '*'), ('tag', 'A'), ('TAG', 'B'), ('X', 'A'),
                       ('SQL92', 'a > 1'), ('SQL92', 'not a )(')):
        p.broker(f'{kind!r} {text!r}', 11,
                 pull(topic, expressionType=kind, subscription=text))


@case
def commit_flag(p):
    topic, group = p.topic(queues=1), p.name('g')
    p.fill(topic, 0, 3)
    ask = {'consumerGroup': group, 'topic': topic, 'queueId': '0',
           'setZeroIfNotFound': 'false'}
    p.broker('flag off', 11, pull(topic, 0, 1, group, commitOffset='1'),
             view=only_counts)
    p.broker('offset then', 14, ask)
    p.broker('flag on', 11, pull(topic, 0, 1, group, commitOffset='1',
                                 sysFlag='5'), view=only_counts)
    p.broker('offset now', 14, ask)
    p.broker('smaller', 11, pull(topic, 0, 1, group, commitOffset='0',
                                 sysFlag='5'), view=only_counts)
    p.broker('offset after the smaller', 14, ask)
    p.broker('nothing found, still committed', 11,
             pull(topic, 0, 3, group, commitOffset='3', sysFlag='5'))
    p.broker('offset at the end', 14, ask)
    p.broker('negative', 11, pull(topic, 0, 3, group, commitOffset='-1',
                                  sysFlag='5'))
    p.broker('offset after the negative', 14, ask)


def park(conn, topic, hold, **other):
    """Sends a pull and gives the server the time to hold it back."""
    other.setdefault('sysFlag', str(SUSPEND | SUBSCRIPTION))
    opaque = conn.send(Command(11, pull(
        topic, suspendTimeoutMillis=str(hold), **other)))
    time.sleep(0.3)
    return opaque


@case
def wake_up(p):
    topic = p.topic(queues=1)
    conn = p.connect()
    waiting = park(conn, topic, 15000)
    p.note('parked', answered=conn.wait(waiting, 0.3) is not None)
    p.quiet(310, send_v2(topic, i='UNIQ_KEY\x01W\x02'), b'wake')
    p.timed('woken', conn, waiting, 8,
            lambda t: 'at once' if t < 1 else 'late')
    conn.close()


@case
def wake_up_by_tag(p):
    """The reference's scan, every 5 s, wakes a pull for any message, with
    20; so this asks again when it came in between."""
    conn = p.connect()
    for attempt in range(3):
        topic = p.topic(f't{attempt}', queues=1)
        waiting = park(conn, topic, 15000, subscription='A')
        p.quiet(310, send_v2(topic, i='TAGS\x01B\x02UNIQ_KEY\x01B\x02'),
                b'no')
        early = conn.wait(waiting, 0.5)
        if early is None:
            break
    p.note('other tag', answered=early is not None)
    p.quiet(310, send_v2(topic, i='TAGS\x01A\x02UNIQ_KEY\x01A\x02'), b'yes')

    def no_topic(shown):
        for message in shown.get('body', {}).get('messages', []):
            del message['topic']
        return shown
    p.timed('its tag', conn, waiting, 8,
            lambda t: 'at once' if t < 1 else 'late', view=no_topic)
    conn.close()


@case
def hold_limit(p):
    """The reference looks at parked pulls every 5 s."""
    topic = p.topic(queues=2)
    conns = [p.connect() for _ in range(2)]
    start = time.monotonic()
    short = park(conns[0], topic, 0)
    first = park(conns[1], topic, 1000)
    for label, conn, opaque, hold in (('1 s', conns[1], first, 1),
                                      ('0 s', conns[0], short, 0)):
        answer = conn.wait(opaque, 12)
        took = time.monotonic() - start
        in_time = hold - 0.1 <= took <= hold + 8
        p.note(f'hold of {label}', **p.normal.answer(answer),
               when='in time' if in_time else f'after {took:.1f} s')
        conn.close()


@case
def no_parking(p):
    """Only an answer of 19 is held back."""
    topic = p.topic(queues=2)
    p.fill(topic, 0, 2)
    hold = dict(sysFlag=str(SUSPEND | SUBSCRIPTION),
                suspendTimeoutMillis='20000')
    p.broker('found', 11, pull(topic, **hold), view=only_counts)
    p.broker('no match', 11, pull(topic, subscription='X', **hold))
    p.broker('beyond the end', 11, pull(topic, offset=3, **hold))
    p.broker('before the start', 11, pull(topic, offset=-1, **hold))
    p.broker('empty queue, offset 5', 11, pull(topic, 1, 5, **hold))
    p.broker('unknown topic', 11, pull(p.name('none'), **hold))


@case
def parked_on_a_topic_that_is_deleted(p):
    topic = p.topic(queues=1)
    conn = p.connect()
    waiting = park(conn, topic, 1000)
    conn.wait(waiting, 0.2)
    p.quiet(215, {'topic': topic})
    answer = conn.wait(waiting, 12)
    p.note('answer', code=answer.code if answer else 'none')
    conn.close()


@case
def one_way(p):
    topic = p.topic(queues=1)
    p.broker_oneway('nothing there', 11, pull(topic))
    p.fill(topic, 0, 1)
    p.broker_oneway('found', 11, pull(topic))
    p.broker_oneway('unknown topic', 11, pull('none'))


@case
def broadcast(p):
    topic, group = p.topic(queues=1), p.name('g')
    p.fill(topic, 0, 1)
    conn = p.join('b1', group, [subscription(topic)],
                  messageModel='BROADCASTING')
    ask = pull(topic, group=group, sysFlag='0', subscription='')
    p.broker('allowed', 11, ask, conn=conn, view=only_counts)
    p.quiet(200, None, (
        '{"groupName":"%s","consumeBroadcastEnable":false}' % group).encode())
    p.broker('not allowed', 11, ask, conn=conn, view=only_counts)
    p.quiet(200, None, (
        '{"groupName":"%s","consumeEnable":false}' % group).encode())
    p.broker('group may not consume', 11, ask, conn=conn, view=only_counts)
    conn.close()


@case
def removed_subscription(p):
    """A newer heartbeat replaces what an older one said."""
    one, two, group = p.topic('a'), p.topic('b'), p.name('g')
    conn = p.join('c', group, [subscription(one), subscription(two)])
    ask = dict(group=group, sysFlag='0', subscription='')
    conn.ask(Command(34, None, heartbeat('c', [consumer(
        group, [subscription(two, 'A', 2)])])))
    p.broker('left out', 11, pull(one, **ask), conn=conn)
    p.broker('kept', 11, pull(two, **ask), conn=conn)
    conn.close()
