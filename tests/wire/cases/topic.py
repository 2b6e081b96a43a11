"""Topics on the broker: codes 17, 18, 215, 21, 351, 202, 300, 305."""

from frame import until
from suite import (CLUSTER, case, new_topic, pull, send_v2, subscription,
                   text)


@case
def create(p):
    topic = p.name('t')
    p.both_encodings('broker', 17, new_topic(topic))
    p.broker('the topic', 351, {'topic': topic})
    p.broker('unchanged', 17, new_topic(topic))
    p.broker('other numbers', 17, new_topic(topic, 8, 4, topicSysFlag='3',
                                            order='true',
                                            topicFilterType='MULTI_TAG'))
    p.broker('the topic then', 351, {'topic': topic})
    p.broker('fewer queues', 17, new_topic(topic, 1))
    p.broker('the topic with fewer', 351, {'topic': topic})
    p.broker_oneway('one-way', 17, new_topic(p.name('o')))
    until(lambda: p.quiet(351, {'topic': p.name('o')}).code == 0, 2)
    p.broker('made one-way', 351, {'topic': p.name('o')})


@case
def create_missing(p):
    for field in new_topic('x'):
        name = p.name('without_' + field)
        ext = {k: v for k, v in new_topic(name).items() if k != field}
        p.broker(f'without {field}', 17, ext)
        if field != 'topic':
            p.broker(f'without {field}: the topic', 351, {'topic': name})
    p.broker('no ext fields', 17)
    p.broker('empty', 17, {})


@case
def create_bad(p):
    topic = p.name('t')
    p.with_each('broker', 17, new_topic(topic), [
        ('readQueueNums', 'x'), ('readQueueNums', '0'),
        ('readQueueNums', '-1'), ('writeQueueNums', '-1'),
        ('writeQueueNums', '0'), ('perm', '-1'), ('perm', '99'),
        ('perm', 'x'), ('topicFilterType', 'X'), ('topicFilterType', ''),
        ('order', 'maybe'), ('topicSysFlag', 'x'),
        ('topicSysFlag', '-1')])
    p.broker('the topic after all', 351, {'topic': topic})


@case
def create_names(p):
    for name in ('', ' ', 'a b', 'a.b', '%a', '%RETRY%' + p.name('g'), 'é',
                 'a' * 127, 'b' * 128, 'c' * 255, 'd' * 256, 'TBW102',
                 'SCHEDULE_TOPIC_XXXX', 'RMQ_SYS_TRACE_TOPIC', CLUSTER,
                 'rmq_sys_x', 'broker-a'):
        shown = name if len(name) < 60 else f'{name[0]} x {len(name)}'
        p.broker(p.normal.text(repr(shown)), 17, new_topic(name))


@case
def attributes(p):
    topic = p.name('t')
    for value in ('+message.type=FIFO', '+message.type=NORMAL',
                  '+message.type=X', '+nothing=1', 'message.type=FIFO',
                  '-message.type', '+queue.type=SimpleCQ',
                  '+queue.type=BatchCQ', '+cleanup.policy=DELETE',
                  '+reserve.time=1000', '+reserve.time=x', '++', ',',
                  '+message.type=MIXED', '+message.type=DELAY',
                  '+message.type=TRANSACTION', ' +message.type=FIFO '):
        p.broker(repr(value), 17, new_topic(topic, attributes=value))
    p.broker('the topic', 351, {'topic': topic})
    fresh = p.name('f')
    p.broker('at creation', 17,
             new_topic(fresh, attributes='+message.type=FIFO'))
    p.broker('topic at creation', 351, {'topic': fresh})
    p.broker('attribute removed at creation', 17, new_topic(
        p.name('r'), attributes='-message.type'))


@case
def create_list(p):
    one, two = p.name('a'), p.name('b')

    def config(name, **other):
        return dict(dict(topicName=name, readQueueNums=2, writeQueueNums=3,
                         perm=6, topicFilterType='SINGLE_TAG', topicSysFlag=0,
                         order=False, attributes={}), **other)

    def body(*configs):
        return text({'topicConfigList': list(configs)})
    p.both_encodings('broker', 18, None, body(config(one), config(two)))
    p.broker('first', 351, {'topic': one})
    p.broker('second', 351, {'topic': two})
    p.broker('no body', 18)
    p.broker('not JSON', 18, None, b'hello')
    p.broker('empty list', 18, None, body())
    p.broker('empty object', 18, None, b'{}')
    p.broker('one bad name', 18, None,
             body(config(p.name('c')), config('a b')))
    p.broker('the good one of it', 351, {'topic': p.name('c')})
    p.broker('only a name', 18, None, body({'topicName': p.name('d')}))
    p.broker('topic of only a name', 351, {'topic': p.name('d')})
    p.broker('attributes', 18, None, body(config(
        p.name('e'), attributes={'+message.type': 'FIFO'})))
    p.broker('topic with attributes', 351, {'topic': p.name('e')})


@case
def get_config(p):
    topic = p.topic()
    p.both_encodings('broker', 351, {'topic': topic})
    p.broker('raw text', 351, {'topic': topic}, raw=True)
    p.broker('lo', 351, {'topic': topic, 'lo': 'true'})
    p.broker('unknown', 351, {'topic': p.name('none')})
    p.broker('empty name', 351, {'topic': ''})
    p.broker('no field', 351, {})
    p.broker('no ext fields', 351)
    p.broker('TBW102', 351, {'topic': 'TBW102'})
    p.broker('trace topic', 351, {'topic': 'RMQ_SYS_TRACE_TOPIC'})
    p.broker('schedule topic', 351, {'topic': 'SCHEDULE_TOPIC_XXXX'})


@case
def delete(p):
    topic, group = p.topic(), p.name('g')
    p.fill(topic, 0, 2)
    p.quiet(200, None, text({'groupName': group}))
    p.quiet(15, dict(topic=topic, queueId='0', consumerGroup=group,
                     commitOffset='2'))
    p.broker('good', 215, {'topic': topic})
    p.broker('the topic', 351, {'topic': topic})
    p.broker('again', 215, {'topic': topic})
    p.broker('its max offset', 30, {'topic': topic, 'queueId': '0'})
    p.broker('its offsets', 14, dict(topic=topic, queueId='0',
                                     consumerGroup=group,
                                     setZeroIfNotFound='false'))
    p.broker('pull from it', 11, pull(topic, group=group))
    p.broker('sent again: made anew', 310, send_v2(topic), b'x')
    for name in ('TBW102', 'SCHEDULE_TOPIC_XXXX', 'a b', '', 'd' * 256):
        p.broker(f'delete {name[:20]!r}', 215, {'topic': name})
    p.broker('no field', 215, {})
    p.broker('no ext fields', 215)


def own_topics(p, words):
    names = {p.normal.text(p.name(w)) for w in words} | {
        'TBW102', 'SELF_TEST_TOPIC', 'BenchmarkTest', CLUSTER, 'broker-a',
        'OFFSET_MOVED_EVENT', 'SCHEDULE_TOPIC_XXXX', 'RMQ_SYS_TRACE_TOPIC',
        'RMQ_SYS_TRANS_HALF_TOPIC', 'RMQ_SYS_TRANS_OP_HALF_TOPIC',
        CLUSTER + '_REPLY_TOPIC', 'rmq_sys_REVIVE_LOG_' + CLUSTER,
        'rmq_sys_wheel_timer', 'TRANS_CHECK_MAX_TIME_TOPIC',
        'rmq_sys_SYNC_BROKER_MEMBER_broker-a', 'CHECKPOINT_TOPIC'}

    def view(shown):
        data = shown.get('body', {}).get('json', {})
        table = data.get('topicConfigTable')
        if table is not None:
            data['topicConfigTable'] = {
                k: v for k, v in table.items() if k in names}
        if 'totalTopicNum' in shown.get('ext', {}):
            shown['ext']['totalTopicNum'] = '<n>'
        return shown
    return view


def how_many(shown):
    data = shown.get('body', {}).get('json', {})
    table = data.get('topicConfigTable')
    if table is not None:
        data['topicConfigTable'] = f'<{len(table)} topics>' \
            if len(table) <= 3 else '<many topics>'
    if 'totalTopicNum' in shown.get('ext', {}):
        shown['ext']['totalTopicNum'] = '<n>'
    return shown


@case
def all_configs(p):
    p.topic('t')
    view = own_topics(p, ['t'])
    p.broker('all', 21, view=view)
    p.broker('binary header', 21, encoding=1, view=view)
    p.broker('first 3', 21, {'topicSeq': '0', 'maxTopicNum': '3'},
             view=how_many)
    p.broker('beyond the end', 21, {'topicSeq': '99999', 'maxTopicNum': '3'},
             view=how_many)
    p.broker('wrong data version', 21, {
        'topicSeq': '2', 'maxTopicNum': '3',
        'dataVersion': '{"counter":1,"stateVersion":0,"timestamp":1}'},
        view=how_many)
    p.broker('topicSeq x', 21, {'topicSeq': 'x'}, view=how_many)
    p.broker('maxTopicNum 0', 21, {'maxTopicNum': '0'}, view=how_many)


@case
def statistics(p):
    topic = p.topic(queues=2)
    p.fill(topic, 0, 3)
    p.broker('good', 202, {'topic': topic})
    p.broker('unknown', 202, {'topic': p.name('none')})
    p.broker('no field', 202, {})
    p.broker('no ext fields', 202)
    p.broker('raw', 202, {'topic': p.topic('e', queues=1)}, raw=True)


@case
def who_consumes(p):
    topic, group, online = p.topic(), p.name('g'), p.name('on')
    p.broker('nobody', 300, {'topic': topic})
    p.quiet(200, None, text({'groupName': group}))
    p.quiet(15, dict(topic=topic, queueId='0', consumerGroup=group,
                     commitOffset='0'))
    conn = p.join('c', online, [subscription(topic)])

    def order(shown):
        shown['body']['json']['groupList'].sort()
        return shown
    p.broker('one online, one with offsets', 300, {'topic': topic},
             view=order)
    p.broker('unknown topic', 300, {'topic': p.name('none')})
    p.broker('no field', 300, {})
    p.broker('topics of the one with offsets', 343, {'group': group})
    p.broker('topics of the one online', 343, {'group': online})
    p.broker('topics of nobody', 343, {'group': p.name('none')})
    p.broker('topics, no field', 343, {})
    p.broker('subscription online', 345, {'group': online, 'topic': topic})
    p.broker('subscription of another topic', 345,
             {'group': online, 'topic': p.name('none')})
    p.broker('subscription, no topic', 345, {'group': online})
    p.broker('subscription of the one with offsets', 345,
             {'group': group, 'topic': topic})
    p.broker('subscription of nobody', 345,
             {'group': p.name('none'), 'topic': topic})
    p.broker('subscription, no ext fields', 345)
    conn.close()


@case
def system_list(p):
    def order(shown):
        shown['body']['json']['topicList'].sort()
        return shown
    p.broker('of the broker', 305, view=order)
