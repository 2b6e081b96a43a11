"""Groups and send-back: codes 200, 201, 207, 225, 352, 208, 36."""

from frame import Command, until
from suite import BORN, case, pull, send_v2, subscription, text
from normal import parse_dialect, parse_records


@case
def create(p):
    group = p.name('g')
    p.both_encodings('broker', 200, None, text({'groupName': group}))
    p.broker('the group', 352, {'group': group})
    p.broker('raw text', 352, {'group': group}, raw=True)
    p.broker('other values', 200, None, text({
        'groupName': group, 'consumeEnable': False, 'retryMaxTimes': 3,
        'retryQueueNums': 2, 'brokerId': 1, 'consumeMessageOrderly': True,
        'consumeTimeoutMinute': 30, 'groupSysFlag': 5,
        'whichBrokerWhenConsumeSlowly': 2, 'consumeFromMinEnable': False,
        'consumeBroadcastEnable': False}))
    p.broker('the group then', 352, {'group': group})
    p.broker('back to defaults', 200, None, text({'groupName': group}))
    p.broker('the group at last', 352, {'group': group})
    p.broker('retry topic is not made', 351, {'topic': '%RETRY%' + group})


@case
def create_bad(p):
    group = p.name('g')
    p.broker('no body', 200)
    p.broker('not JSON', 200, None, b'hello')
    p.broker('empty object', 200, None, b'{}')
    p.broker('array', 200, None, b'[]')
    for name in ('', 'a b', 'é', '%a', 'g' * 120, 'h' * 121, 'i' * 255,
                 'j' * 256, 'CID_RMQ_SYS_x', 'DEFAULT_CONSUMER',
                 'TOOLS_CONSUMER'):
        shown = name if len(name) < 60 else f'{name[0]} x {len(name)}'
        p.broker(repr(shown), 200, None, text({'groupName': name}))
    p.broker('numbers as text', 200, None, text({
        'groupName': group, 'retryMaxTimes': '5', 'consumeEnable': 'true'}))
    p.broker('the group', 352, {'group': group})
    p.broker('number that is none', 200, None, text({
        'groupName': group, 'retryMaxTimes': 'x'}))
    p.broker('negative', 200, None, text({
        'groupName': group, 'retryMaxTimes': -1, 'retryQueueNums': -1}))
    p.broker('the group with negatives', 352, {'group': group})
    p.broker('unknown members', 200, None, text({
        'groupName': group, 'x': {'y': [1]}}))
    p.broker('attributes', 200, None, text({
        'groupName': p.name('a'), 'attributes': {'+x': 'y'}}))
    p.broker('retry policy', 200, None, text({
        'groupName': p.name('r'), 'groupRetryPolicy': {
            'type': 'EXPONENTIAL', 'exponentialRetryPolicy': {
                'initial': 1000, 'max': 2000, 'multiplier': 2}}}))
    p.broker('group with a policy', 352, {'group': p.name('r')})
    p.broker_oneway('one-way', 200, None, text({'groupName': p.name('o')}))


@case
def create_list(p):
    one, two = p.name('a'), p.name('b')
    p.broker('two', 225, None, text({'groupConfigList': [
        {'groupName': one}, {'groupName': two, 'retryMaxTimes': 2}]}))
    p.broker('second', 352, {'group': two})
    p.broker('no body', 225)
    p.broker('empty object', 225, None, b'{}')
    p.broker('empty list', 225, None, text({'groupConfigList': []}))
    p.broker('one bad', 225, None, text({'groupConfigList': [
        {'groupName': p.name('c')}, {'groupName': 'a b'}]}))
    p.note('the good one of it', known=known(p, p.name('c')))


def known(p, group):
    """Whether a group exists; asking with 352 would make it."""
    body = parse_dialect(p.quiet(201).body.decode())
    return group in body['subscriptionGroupTable']


@case
def get(p):
    p.broker('unknown', 352, {'group': p.name('none')})
    p.broker('empty', 352, {'group': ''})
    p.broker('no field', 352, {})
    p.broker('no ext fields', 352)
    p.broker('known from the start', 352, {'group': 'TOOLS_CONSUMER'})
    p.broker('bad name', 352, {'group': 'a b'})


@case
def get_all(p):
    group = p.name('g')
    p.quiet(200, None, text({'groupName': group}))

    def mine(shown):
        data = shown['body']['json']
        table = data['subscriptionGroupTable']
        keep = {p.normal.text(group), 'TOOLS_CONSUMER', 'SELF_TEST_C_GROUP'}
        data['subscriptionGroupTable'] = {
            k: v for k, v in table.items()
            if k in keep or k.startswith('CID_')}
        if 'totalGroupNum' in shown.get('ext', {}):
            shown['ext']['totalGroupNum'] = '<n>'
        return shown

    def number(shown):
        data = shown.get('body', {}).get('json', {})
        table = data.get('subscriptionGroupTable')
        if table is not None:
            data['subscriptionGroupTable'] = f'<{len(table)} groups>' \
                if len(table) <= 3 else '<many groups>'
        if 'totalGroupNum' in shown.get('ext', {}):
            shown['ext']['totalGroupNum'] = '<n>'
        return shown
    p.broker('all', 201, view=mine)
    p.broker('first 3', 201, {'groupSeq': '0', 'maxGroupNum': '3'},
             view=number)
    p.broker('beyond the end', 201,
             {'groupSeq': '99999', 'maxGroupNum': '3'}, view=number)
    p.broker('groupSeq x', 201, {'groupSeq': 'x'}, view=number)


@case
def delete(p):
    topic, group = p.topic(), p.name('g')
    offset = dict(topic=topic, queueId='0', consumerGroup=group)

    def again():
        p.quiet(200, None, text({'groupName': group}))
        p.quiet(15, dict(commitOffset='5', **offset))
    again()
    p.broker('good', 207, {'groupName': group})
    p.note('the group', known=known(p, group))
    p.broker('its offsets', 14, {**offset, 'setZeroIfNotFound': 'false'})
    again()
    p.broker('with offsets', 207, {'groupName': group, 'cleanOffset': 'true'})
    p.broker('no offsets', 14, {**offset, 'setZeroIfNotFound': 'false'})
    p.broker('unknown', 207, {'groupName': p.name('none')})
    p.broker('no field', 207, {})
    p.broker('no ext fields', 207)
    conn = p.join('c', group, [subscription(topic)])
    p.broker('while a member is online', 207, {'groupName': group})
    p.broker('members then', 38, {'consumerGroup': group})
    conn.close()


@case
def statistics(p):
    topic, group = p.topic(queues=2), p.name('g')
    p.fill(topic, 0, 3)
    p.broker('unknown group', 208, {'consumerGroup': group})
    p.quiet(200, None, text({'groupName': group}))
    p.broker('no offsets', 208, {'consumerGroup': group})
    for queue, offset in (('0', '2'), ('1', '0')):
        p.quiet(15, dict(topic=topic, queueId=queue, consumerGroup=group,
                         commitOffset=offset))
    p.broker('with offsets', 208, {'consumerGroup': group})
    p.broker('one topic', 208, {'consumerGroup': group, 'topic': topic})
    p.broker('unknown topic', 208,
             {'consumerGroup': group, 'topic': p.name('none')})
    p.broker('empty topic', 208, {'consumerGroup': group, 'topic': ''})
    p.broker('no ext fields', 208)
    conn = p.join('c', group, [subscription(topic)])
    p.broker('with a member', 208, {'consumerGroup': group, 'topic': topic})
    conn.close()


def stored(p, topic, count=1):
    until(lambda: p.max_offset(topic) >= count, 3)
    p.broker(f'what is in {p.normal.text(topic)}', 11, pull(topic))


def send_back(group, offset, **other):
    return dict(dict(offset=str(offset), group=group, delayLevel='-1',
                     originMsgId='ID', originTopic='T', unitMode='false',
                     maxReconsumeTimes='16'), **other)


def physical(p, topic, index=0):
    body = p.quiet(11, pull(topic)).body
    return parse_records(body)[index]['physicalOffset']


@case
def dead_letter_by_send_back(p):
    topic, group = p.topic(queues=1), p.name('g')
    p.fill(topic, 0, 1, tags=['A'], j='0', h='9')
    at = physical(p, topic)
    p.broker('group unknown', 36, send_back(group, at))
    p.quiet(200, None, text({'groupName': group}))
    p.broker('level -1', 36, send_back(group, at))
    p.broker('dead letter topic', 351, {'topic': '%DLQ%' + group})
    stored(p, '%DLQ%' + group)


@case
def retry_by_send_back(p):
    topic, group = p.topic(queues=1), p.name('g')
    p.fill(topic, 0, 1, tags=['A'])
    at = physical(p, topic)
    p.quiet(200, None, text({'groupName': group}))
    p.both_encodings('broker', 36, send_back(group, at, delayLevel='1'))
    p.broker('retry topic', 351, {'topic': '%RETRY%' + group})
    stored(p, '%RETRY%' + group, 2)
    p.broker('limit of 0', 36, send_back(group, at, delayLevel='1',
                                         maxReconsumeTimes='0'))
    stored(p, '%DLQ%' + group)


@case
def send_back_errors(p):
    topic, group = p.topic(queues=1), p.name('g')
    p.fill(topic, 0, 1)
    at = physical(p, topic)
    p.quiet(200, None, text({'groupName': group}))
    good = send_back(group, at)
    p.without_each('broker', 36, good)
    p.with_each('broker', 36, good, [
        ('offset', 'x'), ('offset', '-1'), ('offset', '999999999'),
        ('offset', str(2 ** 62)), ('delayLevel', 'x'), ('group', ''),
        ('maxReconsumeTimes', 'x'), ('unitMode', 'x')])
    p.broker('no ext fields', 36)
    p.broker_oneway('one-way', 36, good)
    none = p.name('none')
    p.quiet(200, None, text({'groupName': none, 'retryQueueNums': 0}))
    p.broker('group without retry queues', 36, send_back(none, at))
    p.broker('its dead letter topic', 351, {'topic': '%DLQ%' + none})


@case
def born_of_sent_back(p):
    """Where it was born is kept, its times counted."""
    topic, group = p.topic(queues=1), p.name('g')
    p.fill(topic, 0, 1, g=str(BORN + 5), j='4')
    p.quiet(200, None, text({'groupName': group}))
    p.quiet(36, send_back(group, physical(p, topic)))
    stored(p, '%DLQ%' + group)
