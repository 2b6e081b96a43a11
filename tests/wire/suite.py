"""What a case is written with."""

import json
import time

from frame import BINARY, JSON, ONEWAY, Command, Connection, until

BORN = 1700000000000        # far enough from now to stay literal in answers
BROKER, CLUSTER = 'broker-a', 'DefaultCluster'
RW, READ, WRITE = 6, 4, 2
CASES = []


def case(function):
    """Registers a function as a case; its module and name are its name."""
    module = function.__module__.rsplit('.', 1)[-1]
    function.case_name = f'{module}.{function.__name__}'
    CASES.append(function)
    return function


def props(**pairs):
    return ''.join(f'{k}\x01{v}\x02' for k, v in pairs.items())


def text(value):
    return json.dumps(value, separators=(',', ':')).encode()


def send_v1(topic, queue=0, group='p', **other):
    ext = dict(producerGroup=group, topic=topic, defaultTopic='TBW102',
               defaultTopicQueueNums='4', queueId=str(queue), sysFlag='0',
               bornTimestamp=str(BORN), flag='0', properties='',
               reconsumeTimes='0', unitMode='false', batch='false')
    ext.update(other)
    return ext


def send_v2(topic, queue=0, group='p', **other):
    ext = dict(a=group, b=topic, c='TBW102', d='4', e=str(queue), f='0',
               g=str(BORN), h='0', i='', j='0', k='false', m='false')
    ext.update(other)
    return ext


def pull(topic, queue=0, offset=0, group='g', **other):
    """A pull that carries its own subscription and does not wait."""
    ext = dict(consumerGroup=group, topic=topic, queueId=str(queue),
               queueOffset=str(offset), maxMsgNums='32', sysFlag='4',
               commitOffset='0', suspendTimeoutMillis='0', subscription='*',
               subVersion='0', expressionType='TAG')
    ext.update(other)
    return ext


def new_topic(topic, queues=4, perm=RW, **other):
    ext = dict(topic=topic, defaultTopic='TBW102', readQueueNums=str(queues),
               writeQueueNums=str(queues), perm=str(perm),
               topicFilterType='SINGLE_TAG', topicSysFlag='0', order='false')
    ext.update(other)
    return ext


def subscription(topic, expression='*', version=1, **other):
    tags = [] if expression == '*' else \
        [t.strip() for t in expression.split('||')]
    sub = dict(classFilterMode=False, codeSet=[java_hash(t) for t in tags],
               expressionType='TAG', subString=expression,
               subVersion=version, tagsSet=tags, topic=topic)
    sub.update(other)
    return sub


def java_hash(word):
    value = 0
    for char in word:
        value = (value * 31 + ord(char)) & 0xFFFFFFFF
    return value - (1 << 32) if value & 0x80000000 else value


def heartbeat(client, consumers=(), producers=(), **other):
    body = dict(clientID=client, consumerDataSet=list(consumers),
                heartbeatFingerprint=0,
                producerDataSet=[{'groupName': p} for p in producers],
                withoutSub=False)
    body.update(other)
    return text(body)


def consumer(group, subs, **other):
    data = dict(consumeFromWhere='CONSUME_FROM_LAST_OFFSET',
                consumeType='CONSUME_PASSIVELY', groupName=group,
                messageModel='CLUSTERING', subscriptionDataSet=subs,
                unitMode=False)
    data.update(other)
    return data


class Probe:
    """The servers under test, and the notes of the case that runs."""

    def __init__(self, broker, namesrv, normaliser):
        self.addresses = {'broker': broker, 'namesrv': namesrv}
        self.normal = normaliser
        self.open = {}
        self.case_name = None
        self.notes = []

    def begin(self, function):
        self.case_name = function.case_name
        self.notes = []

    def name(self, word):
        """A topic or group name that no other case and no other run has."""
        return f'{self.normal.run}_{self.case_name.replace(".", "_")}_{word}'

    def connect(self, to='broker', pushed=None):
        return Connection(self.addresses[to], pushed)

    def shared(self, to):
        conn = self.open.get(to)
        if conn is None or conn.closed:
            conn = self.open[to] = self.connect(to)
        return conn

    def note(self, label, **what):
        self.notes.append({'ask': label, **what})

    def broker(self, label, code, ext=None, body=b'', **how):
        return self.ask('broker', label, code, ext, body, **how)

    def namesrv(self, label, code, ext=None, body=b'', **how):
        return self.ask('namesrv', label, code, ext, body, **how)

    def quiet(self, code, ext=None, body=b'', to='broker', **how):
        """Asks without taking notes: preparation, polling."""
        conn = how.pop('conn', None) or self.shared(to)
        timeout = how.pop('timeout', 10)
        return conn.ask(Command(code, ext, body, **how), timeout)

    def ask(self, to, label, code, ext=None, body=b'', **how):
        raw, view = how.pop('raw', False), how.pop('view', None)
        conn = how.get('conn') or self.shared(to)
        how['conn'] = conn
        how.setdefault('timeout', 10)
        answer = self.quiet(code, ext, body, to, **how)
        if answer is None:
            self.note(label, outcome='closed' if conn.closed else 'no answer')
            return None
        shown = self.normal.answer(answer, raw)
        self.note(label, **(view(shown) if view else shown))
        return answer

    def broker_oneway(self, label, code, ext=None, body=b''):
        self.oneway('broker', label, code, ext, body)

    def oneway(self, to, label, code, ext=None, body=b''):
        """Sends one-way; notes whether anything came back before the answer
        of a request that was sent after it."""
        conn = self.connect(to)
        first = conn.send(Command(code, ext, body, flag=ONEWAY))
        conn.ask(Command(9999), 10)
        answer = conn.wait(first, 0.3)
        self.note(label, outcome='answered' if answer else
                  'closed' if conn.closed else 'no answer')
        conn.close()

    def without_each(self, to, code, ext, body=b'', keep=(), **how):
        """Asks once for every field with that field left out."""
        for key in ext:
            if key not in keep:
                rest = {k: v for k, v in ext.items() if k != key}
                self.ask(to, f'without {key}', code, rest, body, **how)

    def with_each(self, to, code, ext, changes, body=b'', **how):
        """Asks once for every (field, value)."""
        for key, value in changes:
            shown = value if len(value) <= 40 else f'<{len(value)} chars>'
            self.ask(to, f'{key}={self.normal.text(shown)}', code,
                     {**ext, key: value}, body, **how)

    def both_encodings(self, to, code, ext=None, body=b'', **how):
        self.ask(to, 'JSON header', code, ext, body, encoding=JSON, **how)
        self.ask(to, 'binary header', code, ext, body, encoding=BINARY, **how)

    def topic(self, word='t', queues=4, perm=RW, **other):
        """A topic made for this case, and known to the nameserver."""
        name = self.name(word)
        self.quiet(17, new_topic(name, queues, perm, **other))
        self.routed(name)
        return name

    def routed(self, topic):
        return until(lambda: self.quiet(105, {'topic': topic},
                                        to='namesrv').code == 0)

    def fill(self, topic, queue=0, count=1, tags=None, **other):
        """Sends messages m0, m1 ... and waits until they can be pulled;
        tags go round."""
        first = None
        for i in range(count):
            p = props(UNIQ_KEY=f'U{i}', KEYS=f'k{i}')
            if tags:
                p += props(TAGS=tags[i % len(tags)])
            answer = self.quiet(310, send_v2(topic, queue, i=p, **other),
                                f'm{i}'.encode())
            first = first or answer
        until(lambda: self.max_offset(topic, queue) >=
              int(first.ext['queueOffset']) + count)
        return first

    def max_offset(self, topic, queue=0):
        answer = self.quiet(30, {'topic': topic, 'queueId': str(queue)})
        return int(answer.ext['offset'])

    def join(self, client, group, subs, **other):
        """A consumer's connection after its heartbeat."""
        pushed = other.pop('pushed', None)
        conn = self.connect('broker', pushed)
        conn.ask(Command(34, None, heartbeat(
            client, [consumer(group, subs, **other)])), 10)
        return conn

    def timed(self, label, conn, opaque, timeout, classify, view=None):
        """Waits for an answer that is due later; notes when it came as a
        word, because exact times never repeat."""
        start = time.monotonic()
        answer = conn.wait(opaque, timeout)
        took = time.monotonic() - start
        shown = self.normal.answer(answer) if answer else \
            {'outcome': 'no answer'}
        self.note(label, **(view(shown) if view else shown),
                  when=classify(took))
        return answer
