"""Sending: codes 10, 310, 320."""

import struct

from frame import BINARY
from suite import (CLUSTER, READ, WRITE, case, new_topic, props, pull,
                   send_v1, send_v2)

MAX_BODY = 4 * 1024 * 1024
BAD_NUMBERS = ('', 'x', '1.5', '99999999999')


def batch(*items):
    """The body of a batch, of (body, properties)."""
    out = b''
    for body, properties in items:
        properties = properties.encode()
        out += struct.pack('>iiiii', 22 + len(body) + len(properties),
                           0, 0, 0, len(body)) + body
        out += struct.pack('>h', len(properties)) + properties
    return out


def read_back(p, topic, queue=0, count=1, label='what is stored'):
    from frame import until
    until(lambda: p.max_offset(topic, queue) >= count, 2)
    p.broker(label, 11, pull(topic, queue, 0))


@case
def v2(p):
    topic = p.topic()
    p.both_encodings('broker', 310, send_v2(topic), b'hello')
    p.broker('all fields', 310, send_v2(
        topic, h='42', i=props(UNIQ_KEY='UK1', KEYS='a b', TAGS='T',
                               WAIT='true', x='y'),
        l='3', n='broker-a'), b'hello')
    p.broker('empty body', 310, send_v2(topic, i=props(UNIQ_KEY='UK2')))
    p.broker('utf-8', 310, send_v2(topic, i=props(
        UNIQ_KEY='UK3', n='é漢😀')), 'é漢😀'.encode())
    read_back(p, topic, count=5)


@case
def v1(p):
    topic = p.topic()
    p.both_encodings('broker', 10, send_v1(topic), b'hello')
    p.broker('all fields', 10, send_v1(
        topic, flag='42', properties=props(UNIQ_KEY='UK1', TAGS='T'),
        maxReconsumeTimes='3', bname='broker-a'), b'hello')
    read_back(p, topic, count=3)


@case
def v2_missing(p):
    topic = p.topic()
    p.without_each('broker', 310, send_v2(topic, 1), b'x', view=any_offset)
    p.broker('no ext fields', 310, None, b'x')
    p.broker('empty ext fields', 310, {}, b'x')
    p.broker('V1 names with code 310', 310, send_v1(topic, 1), b'x')
    p.broker('V1 names with code 320', 320, send_v1(topic, 1), b'x')


@case
def v1_missing(p):
    topic = p.topic()
    p.without_each('broker', 10, send_v1(topic, 1), b'x', view=any_offset)
    p.broker('no ext fields', 10, None, b'x')
    p.broker('V2 names with code 10', 10, send_v2(topic, 1), b'x')


@case
def v2_bad(p):
    topic = p.topic()
    changes = [(k, v) for k in 'defghj' for v in BAD_NUMBERS]
    changes += [('k', 'maybe'), ('m', 'maybe'), ('k', 'TRUE'), ('l', 'x')]
    p.with_each('broker', 310, send_v2(topic), changes, b'x', view=any_offset)


@case
def v1_bad(p):
    topic = p.topic()
    changes = [(k, 'x') for k in ('queueId', 'sysFlag', 'bornTimestamp',
                                  'flag', 'reconsumeTimes')]
    changes += [('unitMode', 'maybe'), ('batch', 'maybe')]
    p.with_each('broker', 10, send_v1(topic), changes, b'x', view=any_offset)


@case
def queue_id(p):
    topic = p.topic(queues=4)
    p.with_each('broker', 310, send_v2(topic),
                [('e', e) for e in ('3', '4', '5', '2147483647')], b'x')

    def view(shown):
        queue = int(shown['ext']['queueId'])
        shown['ext'].update(queueId='<0..3>' if 0 <= queue < 4 else queue)
        shown['ext'].update(queueOffset='<offset>')
        return shown
    for queue in ('-1', '-2147483648'):
        p.broker(f'e={queue}', 310, send_v2(topic, e=queue), b'x', view=view)


@case
def queue_id_when_read_and_write_differ(p):
    topic = p.name('t')
    p.quiet(17, new_topic(topic, writeQueueNums='2', readQueueNums='6'))
    p.with_each('broker', 310, send_v2(topic),
                [('e', e) for e in ('1', '2', '5', '6')], b'x')


@case
def topic_names(p):
    names = ['', ' ', 'a b', 'a.b', 'a/b', 'a\\b', '%a', '%RETRY%x', '|',
             'é', '漢', 'a' * 127, 'b' * 128, 'c' * 254, 'd' * 255,
             'e' * 256, 'a-b_c', 'x\x00y', 'TopicTest#', '^x', 'a:b', '..']
    for name in names:
        shown = name if len(name) < 20 else f'{name[0]} x {len(name)}'
        p.broker(repr(shown), 310, send_v2(name), b'x')


@case
def system_topics(p):
    for name in ('TBW102', 'SCHEDULE_TOPIC_XXXX', 'BenchmarkTest',
                 'RMQ_SYS_TRANS_HALF_TOPIC', 'RMQ_SYS_TRACE_TOPIC',
                 'RMQ_SYS_TRANS_OP_HALF_TOPIC', 'TRANS_CHECK_MAX_TIME_TOPIC',
                 'SELF_TEST_TOPIC', 'OFFSET_MOVED_EVENT', CLUSTER, 'broker-a',
                 'rmq_sys_wheel_timer', CLUSTER + '_REPLY_TOPIC',
                 'rmq_sys_REVIVE_LOG_' + CLUSTER, 'rmq_sys_any'):
        p.broker(name, 310, send_v2(name), b'x', view=any_offset)


def any_offset(shown):
    """For queues that a server uses by itself, and where one request too
    many must not make all that follow differ."""
    if 'queueOffset' in shown.get('ext', {}):
        shown['ext']['queueOffset'] = '<offset>'
    return shown


@case
def auto_create(p):
    for wish in ('1', '4', '8', '16', '0', '-1'):
        name = p.name(f'wish{wish.replace("-", "m")}')
        p.broker(f'd={wish}', 310, send_v2(name, d=wish), b'x')
        p.broker(f'd={wish}: the topic', 351, {'topic': name})
    name = p.name('nodefault')
    p.broker('default topic unknown', 310, send_v2(name, c='nobody'), b'x')
    p.broker('default topic empty', 310, send_v2(name, c=''), b'x')
    other = p.topic('plain')
    p.broker('default topic without inherit', 310, send_v2(name, c=other),
             b'x')
    heir = p.topic('heir', queues=3, perm=7)
    p.broker('default topic with inherit', 310, send_v2(name, c=heir), b'x')
    p.broker('its topic', 351, {'topic': name})
    name = p.name('late')
    p.broker('queue beyond the new topic', 310,
             send_v2(name, d='2', e='3'), b'x')
    p.broker('its topic all the same', 351, {'topic': name})
    unit = p.name('unit')
    p.broker('unit mode', 310, send_v2(unit, k='true'), b'x')
    p.broker('its topic in unit mode', 351, {'topic': unit})


@case
def retry_topic(p):
    group = p.name('g')
    retry = '%RETRY%' + group
    p.broker('group and topic unknown', 310, send_v2(retry), b'x')
    p.broker('the topic', 351, {'topic': retry})
    p.broker('the group', 352, {'group': group})
    p.broker('second', 310, send_v2(retry, j='3', l='16', i=props(
        UNIQ_KEY='UK1', DELAY='3')), b'x')
    p.broker('more times than allowed', 310, send_v2(
        retry, j='17', l='16', i=props(UNIQ_KEY='UK2', DELAY='3')), b'x')
    p.broker('dead letter topic', 351, {'topic': '%DLQ%' + group})
    read_back(p, '%DLQ%' + group, label='dead letter')
    p.broker('limit of the request', 310, send_v2(
        retry, j='2', l='1', i=props(UNIQ_KEY='UK3')), b'x')
    p.broker('dead letter topic itself', 310,
             send_v2('%DLQ%' + p.name('none')), b'x')


@case
def limits(p):
    topic = p.topic()
    p.broker('4 MiB', 310, send_v2(topic), bytes(MAX_BODY))
    p.broker('4 MiB and 1', 310, send_v2(topic), bytes(MAX_BODY + 1))
    p.broker('5 MiB', 310, send_v2(topic), bytes(5 * 1024 * 1024))
    room = 32767 - len(props(UNIQ_KEY='UK1')) - len(props(x=''))
    for extra in (-200, -60, 0, 1):
        p.broker(f'properties of 32767 {extra:+}', 310, send_v2(
            topic, i=props(UNIQ_KEY='UK1', x='v' * (room + extra))), b'x')
    p.broker('properties of 60000', 310, send_v2(
        topic, i=props(x='v' * 60000)), b'x')
    p.broker('4 MiB with properties', 310, send_v2(
        topic, i=props(UNIQ_KEY='UK1', x='v' * 30000)), bytes(MAX_BODY))
    p.broker('long topic name, 4 MiB', 310, send_v2('l' * 127),
             bytes(MAX_BODY))


@case
def properties(p):
    topic = p.topic(queues=1)
    texts = ['', 'a', 'a\x01', 'a\x01\x02', 'a\x01b', '\x01b\x02',
             'a\x01b\x02c\x01d\x02', 'a\x01b\x02a\x01c\x02', '\x02\x02',
             'a\x01b\x01c\x02', 'TAGS\x01\x02', 'WAIT\x01false\x02',
             'POP_CK\x01x\x02', 'MSG_REGION\x01mine\x02',
             'TRACE_ON\x01false\x02', 'CLUSTER\x01mine\x02',
             'KEYS\x01a b c\x02', 'UNIQ_KEY\x01\x02', 'DELAY\x010\x02',
             'DELAY\x01-1\x02']
    for text in texts:
        p.broker(repr(text), 310, send_v2(topic, i=text), b'x')
    read_back(p, topic, count=len(texts))
    other = p.topic('other', queues=1)
    p.broker('delay level x', 310, send_v2(other, i=props(DELAY='x')), b'x')


@case
def sys_flags(p):
    topic = p.topic(queues=1)
    for flag in ('1', '2', '3', '256', '512', '768', '1793', '65536'):
        p.broker(f'f={flag}', 310,
                 send_v2(topic, f=flag, i=props(UNIQ_KEY='UK')), b'x')
    read_back(p, topic, count=8)
    # The server sets the host and batch bits; what a client says of them
    # leads to records that not even the reference can read back.
    other = p.topic('other')
    for flag in ('16', '64', '128', '192', '-1'):
        p.broker(f'f={flag}', 310,
                 send_v2(other, f=flag, i=props(UNIQ_KEY='UK')), b'x')


@case
def prepared_flags(p):
    topic = p.topic(queues=1)
    for flag in ('4', '8', '12'):
        p.broker(f'f={flag} without TRAN_MSG', 310, send_v2(
            topic, f=flag, i=props(UNIQ_KEY=f'UK{flag}')), b'x')
    read_back(p, topic, count=3)


@case
def no_write_permission(p):
    topic = p.topic(perm=READ)
    p.broker('read only topic', 310, send_v2(topic), b'x')
    p.broker('read only topic, queue 3', 310, send_v2(topic, e='3'), b'x')
    none = p.topic('none', perm=0)
    p.broker('topic without any permission', 310, send_v2(none), b'x')
    topic = p.topic('w', perm=WRITE)
    p.broker('write only topic', 310, send_v2(topic), b'x')


@case
def no_write_permission_order_topic(p):
    topic = p.topic(perm=READ, order='true')
    p.broker('read only ordered topic', 310, send_v2(topic), b'x')
    p.broker('broker made read only', 25, None, b'brokerPermission=4\n')
    p.broker('plain topic', 310, send_v2(p.topic('plain')), b'x')
    p.broker('ordered topic', 310, send_v2(topic), b'x')
    p.broker('broker made writable', 25, None, b'brokerPermission=6\n')


@case
def oneway(p):
    topic = p.topic(queues=1)
    p.broker_oneway('good', 310, send_v2(topic), b'x')
    p.broker_oneway('good, V1', 10, send_v1(topic), b'x')
    p.broker_oneway('bad queue', 310, send_v2(topic, e='99'), b'x')
    p.broker_oneway('no ext fields', 310)
    read_back(p, topic, count=2)


@case
def batches(p):
    topic = p.topic(queues=1)
    good = batch((b'one', props(UNIQ_KEY='B1')), (b'two', props(
        UNIQ_KEY='B2', TAGS='T')), (b'', props(UNIQ_KEY='B3')))
    how = dict(m='true')

    def ids(shown):
        shown['ext'].pop('transactionId', None)
        return shown
    p.both_encodings('broker', 320, send_v2(topic, **how), good)
    p.broker('code 310 with the flag', 310, send_v2(topic, **how), good)
    p.broker('code 320 without the flag', 320, send_v2(topic), good)
    p.broker('code 10 with the flag', 10, send_v1(topic, batch='true'), good)
    p.broker('no properties', 320, send_v2(topic, **how),
             batch((b'a', ''), (b'b', '')), view=ids)
    p.broker('outer properties', 320, send_v2(
        topic, i=props(UNIQ_KEY='OUT', TAGS='O', WAIT='true'), **how), good)
    p.broker('one item', 320, send_v2(topic, **how), batch((b'only', '')))
    read_back(p, topic, count=16)


@case
def batch_errors(p):
    topic = p.topic(queues=1)
    good = batch((b'one', props(UNIQ_KEY='B1')), (b'two', ''))
    how = dict(m='true')
    for label, body in (('empty', b''), ('one byte', b'x'),
                        ('text', b'this is no batch at all'),
                        ('cut', good[:-1]), ('cut short', good[:10]),
                        ('one byte more', good + b'x'),
                        ('negative size', b'\xff' * 22),
                        ('zeros', bytes(44)),
                        ('size of zero', bytes(4) + good[4:]),
                        ('body too long for it',
                         good[:16] + b'\0\0\x03\xe8' + good[20:])):
        p.broker(label, 320, send_v2(topic, **how), body)
    p.broker('long topic', 320, send_v2('n' * 128, **how), good)
    p.broker('retry topic', 320,
             send_v2('%RETRY%' + p.name('g'), **how), good)
    p.broker('delay in outer properties', 320, send_v2(
        topic, i=props(DELAY='1'), **how), good)
    p.broker('delay in an item', 320, send_v2(topic, **how), batch(
        (b'one', props(DELAY='1')),))
    p.broker('prepared', 320, send_v2(topic, f='4', **how), good)
    p.broker('queue out of range', 320, send_v2(topic, e='9', **how), good)
    p.broker('4 MiB in all', 320, send_v2(topic, **how),
             batch((bytes(MAX_BODY - 22), '')))
    p.broker('4 MiB and 1 in all', 320, send_v2(topic, **how),
             batch((bytes(MAX_BODY - 21), '')))
    p.broker('5 MiB in all', 320, send_v2(topic, **how),
             batch(*[(bytes(1024 * 1024), '')] * 5))


@case
def order_of_checks(p):
    p.broker('bad name and bad queue', 310, send_v2('a b', e='99'), b'x')
    p.broker('system topic and bad queue', 310,
             send_v2('SCHEDULE_TOPIC_XXXX', e='99999'), b'x')
    p.broker('unknown topic and too large', 310,
             send_v2(p.name('t'), c='none'), bytes(MAX_BODY + 1))
    p.broker('bad queue and too large', 310,
             send_v2(p.topic('u'), e='99'), bytes(MAX_BODY + 1))
    p.broker('retry topic with bad group name', 310,
             send_v2('%RETRY%' + 'a b'), b'x')


@case
def binary_header_variants(p):
    topic = p.topic(queues=1)
    p.broker('missing queue', 310, {k: v for k, v in send_v2(topic).items()
                                    if k != 'e'}, b'x', encoding=BINARY)
    p.broker('bad queue', 310, send_v2(topic, e='x'), b'x', encoding=BINARY)
    p.broker('remark set', 310, send_v2(topic), b'x', encoding=BINARY,
             remark='hello')
    p.broker('GO', 310, send_v2(topic), b'x', encoding=BINARY, language='GO')


@case
def born_timestamp(p):
    topic = p.topic(queues=1)
    for born in ('0', '-1', '9223372036854775807', '1'):
        p.broker(f'g={born}', 310,
                 send_v2(topic, g=born, i=props(UNIQ_KEY='U')), b'x')
    p.broker('flag negative', 310,
             send_v2(topic, h='-5', i=props(UNIQ_KEY='U')), b'x')
    p.broker('reconsume times', 310,
             send_v2(topic, j='-5', i=props(UNIQ_KEY='U')), b'x')
    read_back(p, topic, count=6)
