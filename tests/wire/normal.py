"""Brings an answer into a form that two servers, or two runs, can share.

Whatever depends on the moment or the machine becomes a word in angle
brackets; everything else stays literal."""

import json
import re
import struct
import time
import zlib

MAGIC = {0xDAA320A7: 'v1', 0xDAA320AB: 'v2'}
FAQ = re.compile(r'\s*(?:\n?For more information, please visit the url, \S+'
                 r'|See https?://\S+ for further details\.)')
ADDRESS = re.compile(r'(?<![\d.])127\.0\.0\.1:(\d+)')
HEX_ID = re.compile(r'(?<![0-9A-F])(?:[0-9A-F]{56}|[0-9A-F]{32})(?![0-9A-F])')
MILLIS = re.compile(r'(?<!\d)\d{13}(?!\d)')
EXCEPTION = re.compile(r'(?:java|org\.apache|com\.alibaba|io\.netty)'
                       r'[\w.$]*\.(\w+(?:Exception|Error))\b')
ANY_EXCEPTION = '<exception>'
FAKE_PORTS = range(7001, 7100)      # of brokers that only cases speak of


class Lenient:
    """A reader for the JSON dialect of fastjson: object keys may be bare
    numbers or objects."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def space(self):
        while self.at < len(self.text) and self.text[self.at] in ' \t\r\n':
            self.at += 1

    def take(self, char):
        self.space()
        if self.text[self.at:self.at + 1] != char:
            raise ValueError(f'no {char} at {self.at}')
        self.at += 1

    def has(self, char):
        self.space()
        if self.text[self.at:self.at + 1] == char:
            self.at += 1
            return True
        return False

    def value(self):
        self.space()
        char = self.text[self.at:self.at + 1]
        if char == '{':
            return self.object()
        if char == '[':
            return self.array()
        value, self.at = json.JSONDecoder(strict=False).raw_decode(
            self.text, self.at)
        return value

    def array(self):
        self.take('[')
        items = []
        while not self.has(']'):
            if items:
                self.take(',')
            items.append(self.value())
        return items

    def object(self):
        self.take('{')
        members = {}
        while not self.has('}'):
            if members:
                self.take(',')
            key = self.value()
            self.take(':')
            value = self.value()
            if isinstance(key, dict):
                key = json.dumps(key, sort_keys=True, separators=(',', ':'))
            elif not isinstance(key, str):
                key = f'<bare> {key}'
            members[key] = value
        return members


def parse_dialect(text):
    reader = Lenient(text)
    value = reader.value()
    reader.space()
    if reader.at != len(text):
        raise ValueError('text after the value')
    return value


def parse_properties(text):
    pairs = (p.split('\x01', 1) for p in text.split('\x02') if p)
    return {p[0]: p[1] if len(p) > 1 else '<no value>' for p in pairs}


def parse_records(data):
    """Stored messages back to back -> list of dicts."""
    records, at = [], 0
    while at < len(data):
        size, magic = struct.unpack_from('>iI', data, at)
        records.append(parse_record(data[at:at + size], MAGIC[magic]))
        at += size
    return records


def parse_record(data, magic):
    (crc, queue, flag, offset, phy, sysflag, born) = struct.unpack_from(
        '>Iiiqqiq', data, 8)
    at = 48

    def host(six):
        nonlocal at
        n = 16 if six else 4
        ip, (port,) = data[at:at + n], struct.unpack_from('>i', data, at + n)
        at += n + 4
        return ('.'.join(map(str, ip)) if n == 4 else ip.hex()) + f':{port}'

    born_host = host(sysflag & 0x10)
    (stored,) = struct.unpack_from('>q', data, at)
    at += 8
    store_host = host(sysflag & 0x20)
    times, prepared, n = struct.unpack_from('>iqi', data, at)
    at += 16
    body = data[at:at + n]
    at += n
    width = '>B' if magic == 'v1' else '>h'
    (n,) = struct.unpack_from(width, data, at)
    at += struct.calcsize(width)
    topic = data[at:at + n].decode()
    at += n
    (n,) = struct.unpack_from('>h', data, at)
    props = data[at + 2:at + 2 + n].decode()
    good = crc == (zlib.crc32(body) & 0x7FFFFFFF)
    return dict(topic=topic, queueId=queue, queueOffset=offset, flag=flag,
                sysFlag=sysflag, bornTimestamp=born, bornHost=born_host,
                storeTimestamp=stored, storeHost=store_host,
                reconsumeTimes=times, physicalOffset=phy,
                prepared=prepared, body=show_bytes(body),
                bodyCrc='good' if good else 'bad', magic=magic,
                properties=parse_properties(props))


# What nearly every message has is not written down.
USUAL = dict(flag=0, sysFlag=0, bornTimestamp=1700000000000, magic='v1',
             bornHost='127.0.0.1:<client>', storeTimestamp='<now>',
             storeHost='127.0.0.1:<broker>', reconsumeTimes=0, prepared=0,
             bodyCrc='good')
USUAL_PROPERTIES = dict(CLUSTER='DefaultCluster', MSG_REGION='DefaultRegion',
                        TRACE_ON='true')


def unusual(record):
    shown = {k: v for k, v in record.items()
             if k != 'physicalOffset' and USUAL.get(k) != v}
    had = shown['properties']
    shown['properties'] = {k: v for k, v in had.items()
                           if USUAL_PROPERTIES.get(k) != v}
    missing = sorted(set(USUAL_PROPERTIES) - set(had))
    if missing:
        shown['properties_missing'] = missing
    return shown


def show_bytes(data):
    if len(data) > 200:
        return f'<{len(data)} bytes, crc {zlib.crc32(data):08x}>'
    try:
        text = data.decode()
        if text.isprintable():
            return text
    except UnicodeDecodeError:
        pass
    return '<hex ' + data.hex() + '>'


class Normaliser:
    def __init__(self, run, broker_port, namesrv_port):
        self.run = run
        self.ports = {broker_port: '<broker>', namesrv_port: '<namesrv>',
                      broker_port + 1: '<ha>'}

    def text(self, text):
        text = text.replace(self.run, 'RUN')
        text = HEX_ID.sub(self._hex_id, text)
        text = ADDRESS.sub(lambda m: '127.0.0.1:' + self._port(int(m[1])),
                           text)
        return MILLIS.sub(self._millis, text)

    def _port(self, port):
        return self.ports.get(
            port, str(port) if port in FAKE_PORTS else '<client>')

    def _hex_id(self, match):
        raw = bytes.fromhex(match[0])
        port = struct.unpack_from('>i', raw, 4)[0]
        if len(raw) == 16 and raw[:4] == b'\x7f\0\0\1' \
                and self.ports.get(port) == '<broker>':
            return '<offset id>'
        return '<unique id>'

    @staticmethod
    def _millis(match):
        near = abs(int(match[0]) / 1000 - time.time()) < 86400
        return '<now>' if near else match[0]

    def value(self, value, name=''):
        if isinstance(value, dict):
            return self._members(value)
        if isinstance(value, list):
            return [self.value(v) for v in value]
        if isinstance(value, bool) or value is None:
            return value
        if name in ('counter', 'physicalOffset', 'commitLogOffset') \
                and value:
            return f'<{name}>'
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, int) and self._millis([str(value)]) == '<now>':
            return '<now>'
        return value

    def _members(self, value):
        return {self.text(k): self.value(value[k], k) for k in sorted(value)}

    def remark(self, text):
        if text is None:
            return None
        found = EXCEPTION.search(text)
        if found:
            return f'{ANY_EXCEPTION} {found[1]}'
        return self.text(FAQ.sub('', text)).strip()

    def body(self, data, raw=False):
        if raw:
            return {'raw': self.text(data.decode())}
        if len(data) >= 8 and \
                struct.unpack_from('>I', data, 4)[0] in MAGIC:
            records = self.value(parse_records(data))
            return {'messages': [unusual(r) for r in records]}
        if data[:1] in (b'{', b'['):
            try:
                return {'json': self.value(parse_dialect(data.decode()))}
            except ValueError as err:
                return {'unreadable': str(err)}
        return {'bytes': self.text(show_bytes(data))}

    def answer(self, cmd, raw=False):
        shown = {'code': cmd.code}
        remark = self.remark(cmd.remark)
        if remark:
            shown['remark'] = remark
        if cmd.ext:
            shown['ext'] = self._members(cmd.ext)
        if cmd.body:
            shown['body'] = self.body(cmd.body, raw)
        return shown
