"""What every answer has in common, and requests nobody handles."""

import json

from frame import BINARY, Command, raw_frame
from suite import case, heartbeat


def head_of(p, label, to, cmd):
    answer = p.shared(to).ask(cmd)
    p.note(label, code=answer.code, language=answer.language,
           version=answer.version, flag=answer.flag,
           encoding=answer.encoding, opaque_echoed=True)


@case
def answer_head(p):
    body = heartbeat('c', producers=['x'])
    head_of(p, 'broker, JSON header', 'broker', Command(34, None, body))
    head_of(p, 'broker, binary header', 'broker',
            Command(34, None, body, encoding=BINARY))
    head_of(p, 'nameserver, JSON header', 'namesrv', Command(206))
    head_of(p, 'nameserver, binary header', 'namesrv',
            Command(206, encoding=BINARY))


@case
def unknown_code(p):
    for code in (9999, 0, -1, 13, 22, 23, 27, 47, 209, 214, 301, 32768):
        p.broker(f'broker {code}', code)
    for code in (9999, 0, -1, 10, 34, 312, 313):
        p.namesrv(f'nameserver {code}', code)
    p.broker('broker 9999, binary header', 9999, encoding=BINARY)
    p.broker_oneway('broker 9999, one-way', 9999)
    p.oneway('namesrv', 'nameserver 9999, one-way', 9999)


def raw_head(p, label, text, to='broker'):
    """A header written by hand, usually with opaque 7."""
    conn = p.connect(to)
    conn.send_bytes(raw_frame(text.encode()))
    answer = conn.wait_any(2)
    if answer:
        p.note(label, opaque=answer.opaque, **p.normal.answer(answer))
    else:
        p.note(label, outcome='closed' if conn.closed else 'no answer')
    conn.close()


HEADERS = [
    ('minimal', '{"code":14,"opaque":7}'),
    ('order of members', '{"opaque":7,"version":1,"language":"GO","code":14}'),
    ('white space', ' { "code" : 14 ,\n "opaque" : 7 } '),
    ('unknown members', '{"code":14,"opaque":7,"x":{"y":[1,2,{}]},"z":null}'),
    ('language as ordinal', '{"code":14,"opaque":7,"language":9}'),
    ('language unknown', '{"code":14,"opaque":7,"language":"COBOL"}'),
    ('language in lower case', '{"code":14,"opaque":7,"language":"java"}'),
    ('numbers as strings', '{"code":"14","opaque":"7","flag":"0"}'),
    ('null members', '{"code":14,"opaque":7,"remark":null,"extFields":null}'),
    ('empty remark', '{"code":14,"opaque":7,"remark":""}'),
    ('extFields numbers',
     '{"code":30,"opaque":7,"extFields":{"topic":"TBW102","queueId":0}}'),
    ('extFields booleans', '{"code":30,"opaque":7,"extFields":'
     '{"topic":"TBW102","queueId":0,"committed":true}}'),
    ('extFields null value', '{"code":30,"opaque":7,"extFields":'
     '{"topic":"TBW102","queueId":"0","x":null}}'),
    ('escapes', '{"code":30,"opaque":7,"extFields":'
     '{"topic":"\\u0054BW102","queueId":"0"}}'),
    ('member twice', '{"code":1,"code":14,"opaque":7}'),
    ('not JSON', 'hello'),
    ('empty object', '{}'),
    ('array', '[]'),
    ('empty header', ''),
    ('open string', '{"code":14,"opaque":7,"remark":"'),
    ('code as text', '{"code":"x","opaque":7}'),
    ('opaque too large', '{"code":14,"opaque":99999999999}'),
    ('code fraction', '{"code":14.5,"opaque":7}'),
]


@case
def json_header_forms(p):
    for label, text in HEADERS:
        raw_head(p, label, text)


@case
def opaque_extremes(p):
    for opaque in (0, 1, 2147483647, -1, -2147483648):
        for encoding in (0, BINARY):
            conn = p.connect()
            cmd = Command(34, None, heartbeat('c', producers=['x']),
                          opaque=opaque, encoding=encoding)
            conn.send_bytes(cmd.frame())
            answer = conn.wait(opaque, 2)
            p.note(f'{opaque}, encoding {encoding}',
                   code=answer.code if answer else None)
            conn.close()


@case
def answers_come_in_any_order_but_all(p):
    """Many requests in one write."""
    conn = p.connect()
    frames, codes = b'', {}
    for opaque in range(200):
        code, ext = ((9999, None), (38, {'consumerGroup': 'none'}),
                     (30, {'topic': 'TBW102', 'queueId': '0'}))[opaque % 3]
        frames += Command(code, ext, opaque=opaque).frame()
    conn.send_bytes(frames)
    for opaque in range(200):
        answer = conn.wait(opaque, 5)
        key = answer.code if answer else 'none'
        codes[key] = codes.get(key, 0) + 1
    p.note('200 requests', answers=json.dumps(codes, sort_keys=True))
    conn.close()
