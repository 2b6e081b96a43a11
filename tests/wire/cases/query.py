"""Looking messages up: codes 12 and 33."""

from frame import until
from normal import parse_records
from suite import case, props, pull, send_v2


def query(topic, key, **other):
    return dict(dict(topic=topic, key=key, maxNum='32', beginTimestamp='0',
                     endTimestamp='9223372036854775807'), **other)


def index_view(shown):
    """The index covers what was stored last, whatever that is."""
    for name in ('indexLastUpdatePhyoffset', 'indexLastUpdateTimestamp'):
        if shown.get('ext', {}).get(name, '0') != '0':
            shown['ext'][name] = '<n>'
    return shown


@case
def by_key(p):
    topic = p.topic(queues=1)
    for i in range(4):
        p.quiet(310, send_v2(topic, i=props(
            UNIQ_KEY=f'{p.normal.run}U{i}', KEYS=f'k{i} all')),
            f'm{i}'.encode())
    until(lambda: p.quiet(12, query(topic, 'k3')).code == 0)
    p.both_encodings('broker', 12, query(topic, 'k1'), view=index_view)
    p.broker('key of all', 12, query(topic, 'all'), view=index_view)
    p.broker('2 of all', 12, query(topic, 'all', maxNum='2'),
             view=index_view)
    p.broker('0 of all', 12, query(topic, 'all', maxNum='0'),
             view=index_view)
    p.broker('-1 of all', 12, query(topic, 'all', maxNum='-1'),
             view=index_view)
    p.broker('unique key', 12, query(
        topic, f'{p.normal.run}U2', _UNIQUE_KEY_QUERY='true', maxNum='1'),
        view=index_view)
    p.broker('unique key as a plain key', 12,
             query(topic, f'{p.normal.run}U2'), view=index_view)
    p.broker('both keys in one', 12, query(topic, 'k1 all'), view=index_view)
    p.broker('too early', 12, query(topic, 'all', endTimestamp='1'),
             view=index_view)
    p.broker('too late', 12, query(
        topic, 'all', beginTimestamp='9223372036854775800'),
        view=index_view)
    p.broker('key unknown', 12, query(topic, 'none'), view=index_view)
    p.broker('topic unknown', 12, query(p.name('none'), 'k1'),
             view=index_view)
    p.without_each('broker', 12, query(topic, 'k1'), view=index_view)
    p.with_each('broker', 12, query(topic, 'k1'), [
        ('maxNum', 'x'), ('beginTimestamp', 'x'), ('endTimestamp', '')],
        view=index_view)
    p.broker('no ext fields', 12)
    p.broker('empty', 12, {})


@case
def by_offset(p):
    topic = p.topic(queues=1)
    p.fill(topic, 0, 1)
    record = parse_records(p.quiet(11, pull(topic)).body)[0]
    at = record['physicalOffset']
    p.both_encodings('broker', 33, {'offset': str(at)})
    p.broker('with its topic', 33, {'offset': str(at), 'topic': topic})
    p.broker('with another topic', 33, {'offset': str(at), 'topic': 'x'})
    for label, offset in (('-1', '-1'), ('beyond', '999999999'),
                          ('far beyond', str(2 ** 62)), ('x', 'x'),
                          ('empty', '')):
        p.broker(label, 33, {'offset': offset})
    p.broker('no field', 33, {})
    p.broker('no ext fields', 33)
    p.broker_oneway('one-way', 33, {'offset': str(at)})
