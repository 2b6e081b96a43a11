"""Offsets: codes 14, 15, 29, 30, 31, 32, 222; queue locks 41, 42."""

from frame import Command
from suite import BROKER, case, consumer, heartbeat, subscription, text


def key(topic, queue='0', **other):
    return dict(topic=topic, queueId=queue, **other)


@case
def max_and_min(p):
    topic = p.topic(queues=2)
    p.fill(topic, 0, 3)
    for code in (30, 31, 32):
        p.both_encodings('broker', code, key(topic))
        p.broker(f'{code}: empty queue', code, key(topic, '1'))
        p.broker(f'{code}: queue out of range', code, key(topic, '9'))
        p.broker(f'{code}: queue -1', code, key(topic, '-1'))
        p.broker(f'{code}: unknown topic', code, key(p.name('none')))
        p.broker(f'{code}: no topic', code, {'queueId': '0'})
        p.broker(f'{code}: no queue', code, {'topic': topic})
        p.broker(f'{code}: queue x', code, key(topic, 'x'))
        p.broker(f'{code}: no ext fields', code)
        p.broker_oneway(f'{code}: one-way', code, key(topic))
    p.broker('30: committed=false', 30, key(topic, committed='false'))
    p.broker('30: committed=x', 30, key(topic, committed='x'))


@case
def by_time(p):
    topic = p.topic(queues=2)
    p.fill(topic, 0, 3)
    for stamp in ('0', '-1', '1', '9999999999999', '9223372036854775807'):
        for side in (None, 'lower', 'upper', 'LOWER', 'UPPER', 'x', ''):
            ext = key(topic, timestamp=stamp)
            if side is not None:
                ext['boundaryType'] = side
            p.broker(f'timestamp {stamp}, {side}', 29, ext)
    p.broker('empty queue', 29, key(topic, '1', timestamp='1'))
    p.broker('empty queue, late', 29,
             key(topic, '1', timestamp='9999999999999'))
    p.broker('queue out of range', 29, key(topic, '9', timestamp='1'))
    p.broker('unknown topic', 29, key(p.name('none'), timestamp='1'))
    p.without_each('broker', 29, key(topic, timestamp='1'))
    p.broker('timestamp x', 29, key(topic, timestamp='x'))
    p.broker('no ext fields', 29)


@case
def exact_time(p):
    """The store times of three messages, and one millisecond about them."""
    import time
    topic = p.topic(queues=1)
    for count in range(3):
        p.fill(topic, 0, 1)
        time.sleep(0.05)
    from normal import parse_records
    from suite import pull
    body = p.quiet(11, pull(topic)).body
    stamps = [r['storeTimestamp'] for r in parse_records(body)]
    for i, stamp in enumerate(stamps):
        for delta in (-1, 0, 1):
            for side in ('LOWER', 'UPPER'):
                p.broker(f'message {i}, {delta:+} ms, {side}', 29, key(
                    topic, timestamp=str(stamp + delta), boundaryType=side))


@case
def commit_and_query(p):
    topic, group = p.topic(queues=2), p.name('g')
    p.fill(topic, 0, 3)
    who = dict(consumerGroup=group)
    p.broker('query before, zero wanted', 14, key(topic, **who))
    p.broker('query before, no zero', 14,
             key(topic, setZeroIfNotFound='false', **who))
    p.broker('query before, setZeroIfNotFound=true', 14,
             key(topic, setZeroIfNotFound='true', **who))
    p.broker('query before, empty queue', 14, key(topic, '1', **who))
    p.broker('commit, group unknown', 15, key(topic, commitOffset='1', **who))
    p.quiet(200, None, text({'groupName': group}))
    p.both_encodings('broker', 15, key(topic, commitOffset='2', **who))
    p.broker('query', 14, key(topic, **who))
    for offset in ('1', '0', '-1', '99', '9223372036854775807'):
        p.broker(f'commit {offset}', 15,
                 key(topic, commitOffset=offset, **who))
        p.broker(f'query after {offset}', 14, key(topic, **who))
    p.both_encodings('broker', 14, key(topic, **who))


@case
def query_errors(p):
    topic, group = p.topic(), p.name('g')
    p.quiet(200, None, text({'groupName': group}))
    good = key(topic, consumerGroup=group)
    p.without_each('broker', 14, good)
    p.with_each('broker', 14, good, [
        ('queueId', 'x'), ('queueId', '-1'), ('queueId', '99'),
        ('topic', p.name('none')), ('topic', ''), ('consumerGroup', ''),
        ('consumerGroup', p.name('none'))])
    p.broker('no ext fields', 14)
    p.broker_oneway('one-way', 14, good)


@case
def commit_errors(p):
    topic, group = p.topic(), p.name('g')
    p.quiet(200, None, text({'groupName': group}))
    good = key(topic, consumerGroup=group, commitOffset='1')
    p.without_each('broker', 15, good)
    p.with_each('broker', 15, good, [
        ('queueId', 'x'), ('queueId', '-1'), ('queueId', '99'),
        ('commitOffset', 'x'), ('commitOffset', ''),
        ('topic', p.name('none')), ('topic', ''), ('consumerGroup', ''),
        ('consumerGroup', p.name('none'))])
    p.broker('nothing known', 15, key(p.name('none'), 'x', commitOffset='x',
                                      consumerGroup=p.name('none')))
    p.broker('group unknown, no queue', 15, key(
        topic, 'x', commitOffset='1', consumerGroup=p.name('none')))
    p.broker('topic unknown, no queue', 15, key(
        p.name('none'), 'x', commitOffset='1', consumerGroup=group))
    p.broker('no ext fields', 15)
    p.broker_oneway('one-way', 15, {**good, 'commitOffset': '7'})
    p.broker('query after one-way', 14, key(topic, consumerGroup=group))
    p.broker('commit to queue 99 read back', 14,
             key(topic, '99', consumerGroup=group))


def queue_of(topic, queue=0, broker=BROKER):
    return {'brokerName': broker, 'queueId': queue, 'topic': topic}


@case
def locks(p):
    topic, group = p.topic(), p.name('g')

    def body(client, *queues, **other):
        return text(dict(clientId=client, consumerGroup=group,
                         mqSet=list(queues), onlyThisBroker=False, **other))
    one, two = queue_of(topic, 0), queue_of(topic, 1)
    p.both_encodings('broker', 41, None, body('c1', one))
    p.broker('held by another', 41, None, body('c2', one))
    p.broker('one held, one free', 41, None, body('c2', one, two))
    p.broker('again', 41, None, body('c1', one))
    p.broker('unlock by another', 42, None, body('c2', one))
    p.broker('still held', 41, None, body('c2', one))
    p.broker('unlock', 42, None, body('c1', one))
    p.broker('free now', 41, None, body('c2', one))
    p.broker('no queues', 41, None, body('c1'))
    p.broker('unknown topic', 41, None,
             body('c1', queue_of(p.name('none'), 7)))
    p.broker('other broker', 41, None,
             body('c1', queue_of(topic, 0, 'elsewhere')))
    p.broker('lock without a body', 41)
    p.broker('unlock without a body', 42)
    p.broker('lock: empty object', 41, None, b'{}')
    p.broker('unlock: empty object', 42, None, b'{}')
    p.broker('lock: not JSON', 41, None, b'hello')
    p.broker_oneway('one-way', 42, None, body('c2', one))


@case
def reset(p):
    topic, group = p.topic(queues=2), p.name('g')
    p.fill(topic, 0, 4)
    ask = dict(topic=topic, group=group, timestamp='0', isForce='true')
    p.broker('group unknown', 222, ask)
    p.quiet(200, None, text({'groupName': group}))
    p.broker('nobody online', 222, ask)
    p.broker('pull after it', 14, key(topic, consumerGroup=group))
    p.broker('unknown topic', 222, {**ask, 'topic': p.name('none')})
    p.broker('to the end', 222, {**ask, 'timestamp': '-1'})
    p.broker('query after it', 14, key(topic, consumerGroup=group))
    p.broker('queue 0 to 2', 222,
             {**ask, 'queueId': '0', 'offset': '2'}, raw=True)
    p.broker('queue 0 beyond the end', 222,
             {**ask, 'queueId': '0', 'offset': '99'})
    p.broker('queue 9', 222, {**ask, 'queueId': '9', 'offset': '0'})
    p.broker('offset without queue', 222, {**ask, 'offset': '1'})
    p.without_each('broker', 222, ask)
    p.broker('isForce=false', 222, {**ask, 'isForce': 'false'})
    p.broker('C++ admin', 222, ask, language='CPP')


@case
def reset_and_the_next_pull(p):
    from suite import pull
    topic, group = p.topic(queues=1), p.name('g')
    p.fill(topic, 0, 4)
    p.quiet(200, None, text({'groupName': group}))
    who = dict(consumerGroup=group)
    p.quiet(15, key(topic, commitOffset='4', **who))
    p.broker('reset to 0', 222, dict(
        topic=topic, group=group, timestamp='0', isForce='true', queueId='0',
        offset='1'), raw=True)
    p.broker('query while pending', 14, key(topic, **who))
    p.broker('commit while pending', 15, key(topic, commitOffset='3', **who))
    p.broker('query after that commit', 14, key(topic, **who))
    p.broker('pull is sent back', 11, pull(topic, 0, 4, group))
    p.broker('commit after the pull', 15, key(topic, commitOffset='2', **who))
    p.broker('query after the pull', 14, key(topic, **who))


@case
def reset_pushed_to_clients(p):
    topic, group = p.topic(queues=1), p.name('g')
    p.fill(topic, 0, 4)
    p.quiet(25, None, b'useServerSideResetOffset=false\n')
    ask = dict(topic=topic, group=group, timestamp='0', isForce='true')
    p.quiet(200, None, text({'groupName': group}))
    p.broker('nobody online', 222, ask)
    p.quiet(15, key(topic, consumerGroup=group, commitOffset='4'))
    p.broker('nobody online, offset known', 222, ask)
    conn = p.connect()
    conn.ask(Command(34, None, heartbeat('c', [consumer(
        group, [subscription(topic)])])))
    p.broker('with a client', 222, ask, raw=True)
    push = conn.wait_pushed(220, 3)
    if push:
        p.note('what the client gets', flag=push.flag,
               **p.normal.answer(push, raw=True))
    p.broker('with a client, asked in C++', 222, ask, raw=True,
             language='CPP')
    push = conn.wait_pushed(220, 3)
    if push:
        p.note('what the client gets for C++', flag=push.flag,
               **p.normal.answer(push, raw=True))
    p.quiet(25, None, b'useServerSideResetOffset=true\n')
    conn.close()
