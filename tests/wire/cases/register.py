"""Brokers at the nameserver: codes 103, 104, 322, 904, 205, 327."""

import struct
import zlib

from frame import Command, until
from suite import CLUSTER, case, text

VERSION = {'counter': 1, 'stateVersion': 0, 'timestamp': 1700000000000}


def topic_config(name, **other):
    return dict(dict(attributes={}, order=False, perm=6, readQueueNums=4,
                     topicFilterType='SINGLE_TAG', topicName=name,
                     topicSysFlag=0, writeQueueNums=4), **other)


def register_body(*topics, **other):
    wrapper = dict(dict(
        dataVersion=VERSION, mappingDataVersion=VERSION,
        topicConfigTable={t['topicName']: t for t in topics},
        topicQueueMappingDetailMap={}, topicQueueMappingInfoMap={}), **other)
    return text({'filterServerList': [], 'topicConfigSerializeWrapper':
                 wrapper})


def compressed_body(*topics):
    def part(data):
        return struct.pack('>i', len(data)) + data
    out = part(text(VERSION)) + struct.pack('>i', len(topics))
    for t in topics:
        out += part(f'{t["topicName"]} {t["readQueueNums"]} '
                    f'{t["writeQueueNums"]} {t["perm"]} SINGLE_TAG '
                    '{}'.encode())
    out += part(b'[]') + struct.pack('>i', 0)
    return zlib.compress(out, 9)


def identity(p, word='b', **other):
    name = p.name(word)
    return dict(dict(brokerName=name, brokerAddr='127.0.0.1:7001',
                     clusterName=p.name('cluster'), brokerId='0',
                     haServerAddr='127.0.0.1:7002'), **other)


def ends(p, ext):
    """What 104 and 901 take of an identity."""
    return {k: ext[k] for k in ('brokerName', 'brokerAddr', 'clusterName',
                                'brokerId')}


@case
def register(p):
    conn = p.connect('namesrv')
    ext = identity(p)
    one, two = topic_config(p.name('a')), topic_config(p.name('b'), perm=4)
    p.namesrv('good', 103, ext, register_body(one, two), conn=conn)
    p.namesrv('route', 105, {'topic': p.name('a')})
    p.namesrv('members', 901, ends(p, ext))
    p.namesrv('unchanged?', 322, ends(p, ext), text(VERSION), conn=conn)
    p.namesrv('changed?', 322, ends(p, ext),
              text(dict(VERSION, counter=2)), conn=conn)
    p.namesrv('query without a body', 322, ends(p, ext), conn=conn)
    p.namesrv('query of an unknown one', 322,
              {**ends(p, ext), 'brokerAddr': '127.0.0.1:7777'},
              text(VERSION), conn=conn)
    p.namesrv('beat', 904, ends(p, ext), conn=conn)
    p.namesrv('beat of an unknown one', 904,
              {**ends(p, ext), 'brokerAddr': '127.0.0.1:7777'}, conn=conn)
    p.namesrv('beat without fields', 904, {}, conn=conn)
    p.namesrv('fewer topics', 103, ext, register_body(
        two, dataVersion=dict(VERSION, counter=2)), conn=conn)
    p.namesrv('route of the missing one', 105, {'topic': p.name('a')})
    p.namesrv('unregister', 104, ends(p, ext), conn=conn)
    until(lambda: p.quiet(105, {'topic': p.name('a')},
                          to='namesrv').code == 17)
    p.namesrv('route at last', 105, {'topic': p.name('a')})
    p.namesrv('unregister again', 104, ends(p, ext), conn=conn)
    conn.close()


@case
def encodings(p):
    conn = p.connect('namesrv')
    body = register_body(topic_config(p.name('x')), topic_config(p.name('y')))
    p.both_encodings('namesrv', 103, identity(p), body, conn=conn)
    p.namesrv('check sum right', 103, identity(
        p, bodyCrc32=str(zlib.crc32(body) & 0x7FFFFFFF)), body, conn=conn)
    p.namesrv('check sum wrong', 103, identity(p, bodyCrc32='1'), body,
              conn=conn)
    p.namesrv('check sum 0', 103, identity(p, bodyCrc32='0'), body,
              conn=conn)
    packed = compressed_body(topic_config(p.name('p'), readQueueNums=7),
                             topic_config(p.name('q')))
    p.namesrv('compressed', 103, identity(p, 'z', compressed='true'),
              packed, conn=conn)
    p.namesrv('its route', 105, {'topic': p.name('p')})
    p.namesrv('compressed, not said', 103, identity(p, 'z'), packed,
              conn=conn)
    p.namesrv('said compressed, plain', 103,
              identity(p, 'z', compressed='true'), body, conn=conn)
    p.namesrv('old version, bare wrapper', 103, identity(p, 'old'), text({
        'dataVersion': VERSION, 'topicConfigTable': {
            p.name('o'): topic_config(p.name('o')),
            p.name('o2'): topic_config(p.name('o2'))}}),
        conn=conn, version=36)
    p.namesrv('route of the old one', 105, {'topic': p.name('o')})
    conn.close()


@case
def bodies(p):
    conn = p.connect('namesrv')
    p.namesrv('one topic only', 103, identity(p, 'one'),
              register_body(topic_config(p.name('x'))), conn=conn)
    p.namesrv('no topics', 103, identity(p, 'none'), register_body(),
              conn=conn)
    p.namesrv('no body', 103, identity(p, 'nobody'), conn=conn)
    p.namesrv('empty object', 103, identity(p, 'empty'), b'{}', conn=conn)
    p.namesrv('not JSON', 103, identity(p, 'text'), b'hello', conn=conn)
    body = register_body(topic_config(p.name('x')), topic_config(p.name('y')))
    p.without_each('namesrv', 103, identity(p, 'less'), body, conn=conn)
    p.namesrv('no ext fields', 103, None, body, conn=conn)
    p.with_each('namesrv', 103, identity(p, 'bad'), [
        ('brokerId', 'x'), ('brokerId', '-1'), ('brokerAddr', 'nonsense'),
        ('brokerAddr', ''), ('brokerName', ''), ('clusterName', '')],
        body, conn=conn)
    absent = ends(p, identity(p, brokerAddr='127.0.0.1:7050'))
    p.without_each('namesrv', 104, absent, conn=conn)
    p.namesrv('unregister without fields', 104, conn=conn)
    p.without_each('namesrv', 322, absent, conn=conn)
    conn.close()


@case
def master_and_slave(p):
    conn = p.connect('namesrv')
    topics = register_body(topic_config(p.name('x')),
                           topic_config(p.name('y')))
    slave = dict(brokerAddr='127.0.0.1:7003', brokerId='1',
                 haServerAddr='127.0.0.1:7004')
    p.namesrv('slave first', 103, identity(p, **slave), topics, conn=conn)
    p.namesrv('no route from a slave', 105, {'topic': p.name('x')})
    p.namesrv('master', 103, identity(p), topics, conn=conn)
    p.namesrv('slave again', 103, identity(p, **slave), topics, conn=conn)
    p.namesrv('route with both', 105, {'topic': p.name('x')}, raw=True)
    p.namesrv('legacy route with both', 105, {'topic': p.name('x')},
              raw=True, version=0)
    p.namesrv('members', 901, ends(p, identity(p)), raw=True)
    p.namesrv('same address as id 2', 103,
              identity(p, **dict(slave, brokerId='2')), topics, conn=conn)
    p.namesrv('members then', 901, ends(p, identity(p)))
    older = register_body(
        topic_config(p.name('x')), topic_config(p.name('y')),
        dataVersion=dict(VERSION, stateVersion=-1))
    p.namesrv('another address for id 0, older state', 103, identity(
        p, brokerAddr='127.0.0.1:7009'), older, conn=conn)
    p.namesrv('members after the older', 901, ends(p, identity(p)))
    newer = register_body(
        topic_config(p.name('x')), topic_config(p.name('y')),
        dataVersion=dict(VERSION, stateVersion=5))
    p.namesrv('another address for id 0, newer state', 103, identity(
        p, brokerAddr='127.0.0.1:7009'), newer, conn=conn)
    p.namesrv('members after the newer', 901, ends(p, identity(p)))
    conn.close()


@case
def connection_lost(p):
    conn = p.connect('namesrv')
    conn.ask(Command(103, identity(p), register_body(
        topic_config(p.name('x')), topic_config(p.name('y')))))
    p.namesrv('while connected', 105, {'topic': p.name('x')})
    conn.close()
    until(lambda: p.quiet(105, {'topic': p.name('x')},
                          to='namesrv').code == 17)
    p.namesrv('after it closed', 105, {'topic': p.name('x')})


@case
def order_table(p):
    conn = p.connect('namesrv')
    body = register_body(topic_config(p.name('x')), topic_config(p.name('y')))
    entry = {'namespace': 'ORDER_TOPIC_CONFIG', 'key': p.name('x')}
    p.namesrv('nothing there', 103, identity(p), body, conn=conn)
    p.quiet(100, {**entry, 'value': 'b:4'}, to='namesrv')
    p.namesrv('one entry', 103, identity(p), body, conn=conn, raw=True)
    p.quiet(102, entry, to='namesrv')
    p.namesrv('entry gone', 103, identity(p), body, conn=conn, raw=True)
    conn.close()


@case
def write_permission(p):
    conn = p.connect('namesrv')
    conn.ask(Command(103, identity(p), register_body(
        topic_config(p.name('x')), topic_config(p.name('y'), perm=4),
        topic_config(p.name('z'), perm=7))))
    who = {'brokerName': p.name('b')}
    p.namesrv('wipe', 205, who)
    for word in 'xyz':
        p.namesrv(f'route of {word}', 105, {'topic': p.name(word)})
    p.namesrv('wipe again', 205, who)
    p.namesrv('add', 327, who)
    for word in 'xyz':
        p.namesrv(f'route of {word} then', 105, {'topic': p.name(word)})
    for code in (205, 327):
        p.namesrv(f'{code}: unknown broker', code, {'brokerName': 'none'})
        p.namesrv(f'{code}: no field', code, {})
        p.namesrv(f'{code}: no ext fields', code)
    conn.close()


@case
def acting_master(p):
    """A slave that may stand in for its master; off by default."""
    conn = p.connect('namesrv')
    body = register_body(topic_config(p.name('x')), topic_config(p.name('y')))
    slave = identity(p, brokerAddr='127.0.0.1:7003', brokerId='1',
                     enableActingMaster='true')
    p.namesrv('slave', 103, slave, body, conn=conn)
    p.namesrv('route', 105, {'topic': p.name('x')})
    conn.close()


@case
def cluster_of_the_registered(p):
    conn = p.connect('namesrv')
    conn.ask(Command(103, identity(p), register_body(
        topic_config(p.name('x')), topic_config(p.name('y')))))
    p.namesrv('topics of it', 224, {'cluster': p.name('cluster')},
              view=ordered)
    p.namesrv('topics of the other', 224, {'cluster': CLUSTER}, view=count)
    conn.close()


def ordered(shown):
    data = shown.get('body', {}).get('json', {})
    if 'topicList' in data:
        data['topicList'].sort()
    return shown


def count(shown):
    data = shown.get('body', {}).get('json', {})
    if 'topicList' in data:
        data['topicList'] = 'some' if data['topicList'] else 'none'
    return shown
