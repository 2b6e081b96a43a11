"""Clients: codes 34, 35, 38, 46, 203, 204, 328, 307; notice 40."""

import time

from frame import Command, until
from suite import (case, consumer, heartbeat, java_hash, pull, subscription,
                   text)


@case
def heartbeat_forms(p):
    topic, group = p.topic(), p.name('g')
    sub = subscription(topic, 'A||B')
    good = heartbeat('c1', [consumer(group, [sub])], ['prod'])
    p.both_encodings('broker', 34, None, good)
    p.broker('no body', 34)
    p.broker('not JSON', 34, None, b'hello')
    p.broker('array', 34, None, b'[]')
    p.broker('empty object', 34, None, b'{}')
    p.broker('cut', 34, None, good[:-5])
    p.broker('only the client id', 34, None, text({'clientID': 'c2'}))
    p.broker('null sets', 34, None, text(
        {'clientID': 'c2', 'consumerDataSet': None, 'producerDataSet': None}))
    p.broker('producers only', 34, None, heartbeat('c3', producers=['prod']))
    p.broker('unknown members', 34, None, text(
        {'clientID': 'c4', 'x': [1, {'y': 2}], 'producerDataSet': []}))
    p.broker('numbers as text', 34, None, text(
        {'clientID': 'c5', 'heartbeatFingerprint': '0', 'withoutSub':
         'false'}))
    p.broker('wrong type of set', 34, None, text(
        {'clientID': 'c6', 'consumerDataSet': 'x'}))
    p.broker('no client id', 34, None, heartbeat(None, producers=['prod']))
    p.broker('group without a name', 34, None, text(
        {'clientID': 'c7', 'consumerDataSet': [{'subscriptionDataSet': []}]}))
    p.broker('unknown enum', 34, None, heartbeat('c8', [consumer(
        group, [sub], messageModel='SIDEWAYS')]))
    p.broker('enum ordinals', 34, None, heartbeat('c9', [consumer(
        p.name('ord'), [sub], messageModel=1, consumeType=1,
        consumeFromWhere=0)]))
    p.broker_oneway('one-way', 34, None, good)


def client_style(p, label, sub, **head):
    """A heartbeat as some client writes it, then a pull that relies on it."""
    topic, group = sub['topic'], p.name(label.replace(' ', '').lower())
    conn = p.connect()
    data = head.pop('data', consumer(group, [sub]))
    data['groupName'] = group
    body = {'clientID': label, 'consumerDataSet': [data],
            'producerDataSet': []}
    p.broker(f'{label}: heartbeat', 34, None, text(body), conn=conn, **head)
    p.broker(f'{label}: pull', 11, pull(
        topic, group=group, sysFlag='0', subscription=''), conn=conn)
    p.broker(f'{label}: connections', 203, {'consumerGroup': group})
    conn.close()


@case
def heartbeat_styles(p):
    topic = p.topic(queues=1)
    p.fill(topic, 0, 2, tags=['A', 'B'])
    tag = 'A'
    client_style(p, 'Java', subscription(topic, tag))
    client_style(p, 'Go', {
        'classFilterMode': False, 'codeSet': [str(java_hash(tag))],
        'expressionType': 'TAG', 'subString': tag, 'subVersion': 7,
        'tagsSet': [tag], 'topic': topic}, language='GO', version=317)
    client_style(p, 'Node', {
        'classFilterMode': False, 'codeSet': [java_hash(tag)],
        'subString': tag, 'subVersion': 7, 'tagsSet': [tag],
        'topic': topic}, version=121)
    client_style(p, 'codes only', {
        'codeSet': [java_hash(tag)], 'subString': tag, 'topic': topic})
    client_style(p, 'text only', {'subString': tag, 'topic': topic})
    client_style(p, 'star', {'subString': '*', 'topic': topic})
    client_style(p, 'tags only', {
        'subString': tag, 'tagsSet': [tag], 'topic': topic})
    client_style(p, 'all tags in star', {
        'subString': '*', 'tagsSet': [tag], 'codeSet': [1], 'topic': topic})
    client_style(p, 'no text', {'topic': topic})


@case
def heartbeat_v2(p):
    topic, group = p.topic(queues=1), p.name('g')
    full = heartbeat('v2', [consumer(group, [subscription(topic)])],
                     heartbeatFingerprint=12345)
    light = heartbeat('v2', [consumer(group, [])],
                      heartbeatFingerprint=12345, withoutSub=True)
    conn = p.connect()
    p.broker('light first', 34, None, light, conn=conn)
    p.broker('full', 34, None, full, conn=conn)
    p.broker('full again', 34, None, full, conn=conn)
    p.broker('light', 34, None, light, conn=conn)
    p.broker('light again', 34, None, light, conn=conn)
    p.broker('subscription kept', 11, pull(
        topic, group=group, sysFlag='0', subscription=''), conn=conn)
    p.broker('light with another print', 34, None, heartbeat(
        'v2', [consumer(group, [])], heartbeatFingerprint=99,
        withoutSub=True), conn=conn)
    p.broker('subscription then', 11, pull(
        topic, group=group, sysFlag='0', subscription=''), conn=conn)
    conn.close()


@case
def what_a_heartbeat_makes(p):
    topic, group = p.topic(), p.name('g')
    conn = p.join('c', group, [subscription(topic)])
    p.broker('the group', 352, {'group': group})
    p.broker('retry topic', 351, {'topic': '%RETRY%' + group})
    p.routed('%RETRY%' + group)
    p.namesrv('its route', 105, {'topic': '%RETRY%' + group})
    other = p.name('unit')
    conn2 = p.join('u', other, [subscription(topic)], unitMode=True)
    p.broker('unit mode: retry topic', 351, {'topic': '%RETRY%' + other})
    cast = p.name('cast')
    conn3 = p.join('b', cast, [subscription(topic)],
                   messageModel='BROADCASTING')
    p.broker('broadcasting: retry topic', 351, {'topic': '%RETRY%' + cast})
    for c in (conn, conn2, conn3):
        c.close()
    conn = p.join('c', 'a b', [subscription(topic)])
    p.broker('bad group name', 352, {'group': 'a b'})
    p.broker('bad group name: members', 38, {'consumerGroup': 'a b'})
    conn.close()


@case
def list_by_group(p):
    topic, group = p.topic(), p.name('g')
    p.broker('unknown', 38, {'consumerGroup': group})
    p.broker('empty', 38, {'consumerGroup': ''})
    p.broker('no field', 38, {})
    p.broker('no ext fields', 38)
    one = p.join('c1', group, [subscription(topic)])
    p.both_encodings('broker', 38, {'consumerGroup': group})
    two = p.join('c2', group, [subscription(topic)])
    p.broker('two', 38, {'consumerGroup': group}, view=sort_ids)
    two.close()
    until(lambda: b'c2' not in p.quiet(38, {'consumerGroup': group}).body)
    p.broker('one left', 38, {'consumerGroup': group})
    same = p.join('c1', group, [subscription(topic)])
    p.broker('two connections with one id', 38, {'consumerGroup': group})
    one.close()
    same.close()
    until(lambda: p.quiet(38, {'consumerGroup': group}).code)
    p.broker('nobody left', 38, {'consumerGroup': group})
    p.broker_oneway('one-way', 38, {'consumerGroup': group})


def sort_ids(shown):
    shown['body']['json']['consumerIdList'].sort()
    return shown


@case
def notices(p):
    """Code 40 goes to members when a group changes."""
    topic, group = p.topic(), p.name('g')

    def seen(label, conn):
        push = conn.wait_pushed(40, 2)
        if push is None:
            p.note(label, outcome='no notice')
        else:
            p.note(label, flag=push.flag, **p.normal.answer(push))

    def drain(conn):
        time.sleep(0.3)
        conn.pushed.clear()
    one = p.join('c1', group, [subscription(topic)])
    seen('to itself', one)
    drain(one)
    beat = heartbeat('c1', [consumer(group, [subscription(topic)])])
    one.ask(Command(34, None, beat))
    seen('same heartbeat again', one)
    one.ask(Command(34, None, heartbeat('c1', [consumer(
        group, [subscription(topic, 'A', 2)])])))
    seen('subscription changed', one)
    drain(one)
    more = p.topic('more')
    one.ask(Command(34, None, heartbeat('c1', [consumer(group, [
        subscription(topic, 'A', 2), subscription(more)])])))
    seen('topic added', one)
    drain(one)
    one.ask(Command(34, None, heartbeat('c1', [consumer(
        group, [subscription(topic, 'A', 2)])])))
    seen('topic removed', one)
    drain(one)
    two = p.join('c2', group, [subscription(topic, 'A', 2)])
    seen('newcomer, to the old one', one)
    seen('newcomer, to itself', two)
    drain(one)
    two.close()
    seen('one left by closing', one)
    drain(one)
    two = p.join('c2', group, [subscription(topic, 'A', 2)])
    drain(one)
    two.ask(Command(35, {'clientID': 'c2', 'consumerGroup': group}))
    seen('one left by unregistering', one)
    one.close()
    two.close()


@case
def notices_switched_off(p):
    topic, group = p.topic(), p.name('g')
    p.quiet(200, None, text({'groupName': group,
                             'notifyConsumerIdsChangedEnable': False}))
    one = p.join('c1', group, [subscription(topic)])
    push = one.wait_pushed(40, 1)
    p.note('group says no', outcome='notice' if push else 'no notice')
    one.close()
    cast = p.join('c2', p.name('cast'), [subscription(topic)],
                  messageModel='BROADCASTING')
    push = cast.wait_pushed(40, 1)
    p.note('broadcasting', outcome='notice' if push else 'no notice')
    cast.close()


@case
def unregister(p):
    topic, group = p.topic(), p.name('g')
    conn = p.join('c1', group, [subscription(topic)])
    ext = {'clientID': 'c1', 'consumerGroup': group, 'producerGroup': 'pp'}
    p.both_encodings('broker', 35, ext, conn=conn)
    p.broker('members then', 38, {'consumerGroup': group})
    p.broker('again', 35, ext, conn=conn)
    p.without_each('broker', 35, ext, conn=conn)
    p.broker('empty', 35, {})
    p.broker('no ext fields', 35)
    conn.ask(Command(34, None, heartbeat('c1', [consumer(
        group, [subscription(topic)])])))
    p.broker('from another connection', 35, ext)
    p.broker('members after that', 38, {'consumerGroup': group})
    p.broker_oneway('one-way', 35, ext)
    conn.close()


@case
def check_client_config(p):
    topic = p.topic()

    def body(expression, kind, **other):
        return text(dict(clientId='c', group='g', subscriptionData=dict(
            expressionType=kind, subString=expression, topic=topic), **other))
    p.both_encodings('broker', 46, None, body('A', 'TAG'))
    p.broker('no body', 46)
    p.broker('empty object', 46, None, b'{}')
    p.broker('not JSON', 46, None, b'hello')
    p.broker('no subscription', 46, None, text({'clientId': 'c'}))
    p.broker('type unknown', 46, None, body('A', 'X'))
    p.broker('type empty', 46, None, body('A', ''))
    p.broker('SQL', 46, None, body('a > 1', 'SQL92'))
    p.broker('bad SQL', 46, None, body('a ><', 'SQL92'))
    p.broker('empty SQL', 46, None, body('', 'SQL92'))


@case
def consumer_connections(p):
    topic, group = p.topic(), p.name('g')
    p.broker('unknown', 203, {'consumerGroup': group})
    p.broker('no field', 203, {})
    p.broker('no ext fields', 203)
    conn = p.connect()
    conn.ask(Command(34, None, heartbeat('c1', [consumer(
        group, [subscription(topic, 'A')])]), language='GO', version=317))
    p.both_encodings('broker', 203, {'consumerGroup': group})
    conn.close()
    until(lambda: p.quiet(203, {'consumerGroup': group}).code)
    p.broker('after it closed', 203, {'consumerGroup': group})


@case
def producer_connections(p):
    group = p.name('pg')
    p.broker('unknown', 204, {'producerGroup': group})
    p.broker('no field', 204, {})
    p.broker('no ext fields', 204)
    conn = p.connect()
    conn.ask(Command(34, None, heartbeat('c1', producers=[group])))
    p.both_encodings('broker', 204, {'producerGroup': group})

    def mine(shown):
        data = shown.get('body', {}).get('json', {}).get('data')
        if data is not None:
            name = p.normal.text(group)
            shown['body']['json']['data'] = {name: data.get(name)}
        return shown
    p.broker('all producers', 328, view=mine)
    conn.ask(Command(35, {'clientID': 'c1', 'producerGroup': group}))
    p.broker('after it left', 204, {'producerGroup': group})
    p.broker('all producers after it left', 328, view=mine)
    conn.close()


@case
def running_info(p):
    topic, group = p.topic(), p.name('g')
    asked = []

    def answer(cmd):
        asked.append(cmd)
        return Command(0, None, b'{"properties":{"x":"y"}}', remark='fine')
    ext = dict(consumerGroup=group, clientId='c1', jstackEnable='false')
    p.broker('nobody', 307, ext)
    p.broker('no ext fields', 307)
    conn = p.join('c1', group, [subscription(topic)], pushed={307: answer})
    p.broker('relayed', 307, ext)
    if asked:
        p.note('what the client gets', flag=asked[0].flag,
               **p.normal.answer(asked[0]))
    p.broker('another client id', 307, {**ext, 'clientId': 'c2'})
    p.without_each('broker', 307, ext)
    conn.close()
    old = p.connect(pushed={307: answer})
    old.ask(Command(34, None, heartbeat('c1', [consumer(
        group, [subscription(topic)])]), version=61))
    p.broker('client too old', 307, ext)
    old.close()
