"""The nameserver for clients and tools: codes 105, 106, 205, 206, 216,
217, 219, 224, 304, 311, 318, 319, 327, 901 and the key-value store."""

from suite import BROKER, CLUSTER, case, text


@case
def route(p):
    topic = p.topic(queues=4)
    p.both_encodings('namesrv', 105, {'topic': topic})
    for label, ext, version in (
            ('standard by version', {}, 493), ('standard at 401', {}, 401),
            ('legacy at 400', {}, 400), ('legacy at 0', {}, 0),
            ('standard by request', {'acceptStandardJsonOnly': 'true'}, 0),
            ('legacy by request', {'acceptStandardJsonOnly': 'false'}, 493),
            ('wrong word', {'acceptStandardJsonOnly': 'x'}, 0)):
        p.namesrv(label, 105, {'topic': topic, **ext}, version=version,
                  raw=True)
    p.namesrv('Go', 105, {'topic': topic}, language='GO', version=317,
              raw=True)
    p.namesrv('TBW102', 105, {'topic': 'TBW102'}, raw=True)
    p.namesrv('cluster name', 105, {'topic': CLUSTER})
    p.namesrv('broker name', 105, {'topic': BROKER})
    p.namesrv('unknown', 105, {'topic': p.name('none')})
    p.namesrv('empty name', 105, {'topic': ''})
    p.namesrv('no field', 105, {})
    p.namesrv('no ext fields', 105)
    p.oneway('namesrv', 'one-way', 105, {'topic': topic})


@case
def route_of_many_shapes(p):
    p.namesrv('read only', 105, {'topic': p.topic('r', perm=4)})
    p.namesrv('6 read, 2 write', 105, {'topic': p.topic(
        'd', readQueueNums='6', writeQueueNums='2')})
    p.namesrv('flags', 105, {'topic': p.topic('f', topicSysFlag='3')})
    p.namesrv('attributes', 105, {'topic': p.topic(
        'a', attributes='+message.type=FIFO')})
    p.namesrv('order', 105, {'topic': p.topic('o', order='true')})


@case
def route_after_delete(p):
    topic = p.topic()
    p.quiet(215, {'topic': topic})
    p.namesrv('deleted on the broker only', 105, {'topic': topic})
    p.namesrv('delete here', 216, {'topic': topic})
    p.namesrv('route then', 105, {'topic': topic})
    p.namesrv('delete again', 216, {'topic': topic})
    other = p.topic('c')
    p.namesrv('of one cluster', 216,
              {'topic': other, 'clusterName': CLUSTER})
    p.namesrv('route then, cluster', 105, {'topic': other})
    third = p.topic('e')
    p.namesrv('of an unknown cluster', 216,
              {'topic': third, 'clusterName': 'elsewhere'})
    p.namesrv('route still there', 105, {'topic': third})
    p.namesrv('no field', 216, {})
    p.namesrv('no ext fields', 216)


@case
def cluster(p):
    p.namesrv('all', 106)
    p.namesrv('raw', 106, raw=True)
    p.namesrv('raw, old client', 106, raw=True, version=0)
    p.namesrv('binary header', 106, encoding=1)
    p.oneway('namesrv', 'one-way', 106)


def keep(p, *words):
    names = {p.normal.text(p.name(w)) for w in words} | {
        'TBW102', 'SELF_TEST_TOPIC', 'BenchmarkTest', CLUSTER, BROKER,
        'OFFSET_MOVED_EVENT', 'SCHEDULE_TOPIC_XXXX', 'RMQ_SYS_TRACE_TOPIC',
        'RMQ_SYS_TRANS_HALF_TOPIC', CLUSTER + '_REPLY_TOPIC',
        'rmq_sys_wheel_timer', 'rmq_sys_REVIVE_LOG_' + CLUSTER}

    def view(shown):
        data = shown.get('body', {}).get('json', {})
        if 'topicList' in data:
            data['topicList'] = sorted(n for n in data['topicList']
                                       if n in names)
        return shown
    return view


@case
def lists(p):
    p.topic('t')
    p.topic('unit', topicSysFlag='1')
    view = keep(p, 't', 'unit')
    p.namesrv('all topics', 206, view=view)
    p.namesrv('of the cluster', 224, {'cluster': CLUSTER}, view=view)
    p.namesrv('of an unknown cluster', 224, {'cluster': 'none'}, view=view)
    p.namesrv('of no cluster', 224, {}, view=view)
    p.namesrv('of the cluster, no ext fields', 224, view=view)
    p.namesrv('system topics', 304, view=view)
    p.namesrv('unit topics', 311, view=view)
    p.quiet(318, None, b'enableAllTopicList=false\n', to='namesrv')
    p.namesrv('all topics, switched off', 206, view=view)
    p.quiet(318, None, b'enableAllTopicList=true\n', to='namesrv')


@case
def key_value(p):
    space = p.name('ns')
    one = {'namespace': space, 'key': 'k1'}
    p.namesrv('get before', 101, one)
    p.namesrv('list before', 219, {'namespace': space})
    p.namesrv('delete before', 102, one)
    p.both_encodings('namesrv', 100, {**one, 'value': 'v1'})
    p.namesrv('get', 101, one)
    p.namesrv('put over', 100, {**one, 'value': 'é "x" \\ ;'})
    p.namesrv('get then', 101, one)
    p.namesrv('another key', 101, {**one, 'key': 'k2'})
    p.namesrv('put second', 100, {**one, 'key': 'k2', 'value': ''})
    p.namesrv('get empty value', 101, {**one, 'key': 'k2'})
    p.namesrv('list', 219, {'namespace': space})
    p.namesrv('list raw', 219, {'namespace': space}, raw=True)
    p.namesrv('delete', 102, one)
    p.namesrv('get after', 101, one)
    p.namesrv('delete second', 102, {**one, 'key': 'k2'})
    p.namesrv('list after', 219, {'namespace': space})
    p.without_each('namesrv', 100, {**one, 'value': 'v'})
    p.without_each('namesrv', 101, one)
    p.without_each('namesrv', 102, one)
    p.namesrv('list, no field', 219, {})
    for code in (100, 101, 102, 219):
        p.namesrv(f'{code} without ext fields', code)


@case
def config(p):
    def lines(answer):
        return dict(line.split('=', 1) for line in
                    answer.body.decode().splitlines()
                    if '=' in line and not line.startswith('#'))
    answer = p.quiet(319, to='namesrv')
    found = lines(answer)
    p.note('get', code=answer.code, values={k: found.get(k) for k in (
        'clusterTest', 'orderMessageEnable', 'enableAllTopicList',
        'returnOrderTopicConfigToBroker', 'deleteTopicWithBrokerRegistration',
        'notifyMinBrokerIdChanged', 'supportActingMaster')})
    p.namesrv('set', 318, None, b'orderMessageEnable=true\n')
    p.note('set value', value=lines(p.quiet(319, to='namesrv')).get(
        'orderMessageEnable'))
    p.namesrv('set back', 318, None, b'orderMessageEnable=false\n')
    p.namesrv('no body', 318)
    p.namesrv('unknown key', 318, None, b'noSuchKey=1\n')
    p.namesrv('not properties', 318, None, b'hello')
    for key in ('rocketmqHome', 'kvConfigPath', 'configStorePath',
                'configBlackList'):
        p.namesrv(f'set {key}', 318, None, f'{key}=x\n'.encode())


@case
def order_config(p):
    topic = p.topic(order='true')
    p.quiet(100, {'namespace': 'ORDER_TOPIC_CONFIG', 'key': topic,
                  'value': 'broker-a:4'}, to='namesrv')
    p.namesrv('off', 105, {'topic': topic})
    p.quiet(318, None, b'orderMessageEnable=true\n', to='namesrv')
    p.namesrv('on', 105, {'topic': topic})
    p.quiet(318, None, b'orderMessageEnable=false\n', to='namesrv')
    p.quiet(102, {'namespace': 'ORDER_TOPIC_CONFIG', 'key': topic},
            to='namesrv')


@case
def member_group(p):
    good = {'clusterName': CLUSTER, 'brokerName': BROKER}
    p.both_encodings('namesrv', 901, good)
    p.namesrv('raw', 901, good, raw=True)
    p.namesrv('unknown broker', 901, {**good, 'brokerName': 'none'})
    p.namesrv('unknown cluster', 901, {**good, 'clusterName': 'none'})
    p.without_each('namesrv', 901, good)
    p.namesrv('no ext fields', 901)


@case
def register_topic(p):
    topic = p.name('t')
    queues = [{'brokerName': BROKER, 'perm': 6, 'readQueueNums': 3,
               'writeQueueNums': 3, 'topicSysFlag': 0}]
    p.namesrv('good', 217, {'topic': topic}, text(
        {'queueDatas': queues, 'brokerDatas': []}))
    p.namesrv('route', 105, {'topic': topic})
    p.namesrv('again, other numbers', 217, {'topic': topic}, text(
        {'queueDatas': [dict(queues[0], readQueueNums=5)]}))
    p.namesrv('route then', 105, {'topic': topic})
    p.namesrv('unknown broker', 217, {'topic': p.name('u')}, text(
        {'queueDatas': [dict(queues[0], brokerName='none')]}))
    p.namesrv('its route', 105, {'topic': p.name('u')})
    p.namesrv('no body', 217, {'topic': p.name('n')})
    p.namesrv('empty object', 217, {'topic': p.name('n')}, b'{}')
    p.namesrv('not JSON', 217, {'topic': p.name('n')}, b'hello')
    p.namesrv('no field', 217, {}, text({'queueDatas': queues}))
    p.namesrv('route of none', 105, {'topic': p.name('n')})
    p.quiet(216, {'topic': topic}, to='namesrv')
