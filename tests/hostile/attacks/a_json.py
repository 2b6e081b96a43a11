# SPDX-License-Identifier: Apache-2.0
"""Bodies of JSON."""

from rig import attack, frame

JSON_CODES = [17, 18, 34, 46, 103, 200, 217, 225, 322]


@attack('json-keys-in-keys')
def keys_in_keys(w):
    """Each level of an object as a key was written once more, escaped."""
    body = b'{"a":' + b'{' * 40 + b'"x":1' + b'}:1' * 39 + b'}' + b'}'
    for port in 'broker', 'namesrv':
        for code in JSON_CODES:
            answer = w.ask(code, {'topicName': 't'}, body, port)
            w.expect(answer is not None, f'no answer to {code}')


@attack('json-many-small-values')
def many_small_values(w):
    """A tree takes many times its text."""
    for piece in b'{},', b'[],', b'0,', b'{"a":{}},', b'"",':
        n = w.scale(8 << 20, 15 << 20) // len(piece)
        body = b'{"consumerDataSet":[' + piece * n + b'0]}'
        for code, port in (34, 'broker'), (200, 'broker'), (18, 'broker'), \
                (103, 'namesrv'):
            answer = w.ask(code, None, body, port)
            w.expect(answer is not None, f'no answer to {code}')


@attack('json-deep')
def deep(w):
    for text in b'[' * 1000000, b'{"a":' * 200000, b'{' * 1000000:
        for code in JSON_CODES:
            w.expect(w.ask(code, None, text) is not None, 'no answer')
