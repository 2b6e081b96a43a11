# SPDX-License-Identifier: Apache-2.0
"""Filters: many, long, slow, and scripts that nobody asked for."""

import zlib

from rig import attack

SEND = {'a': 'p', 'b': 'F', 'c': 'TBW102', 'd': '4', 'e': '0', 'f': '0',
        'g': '1700000000000', 'h': '0', 'i': '', 'j': '0', 'k': 'false',
        'm': 'false'}
KEPT = 96 << 20  # maxFilterBytesInAll, and what malloc adds
LUA = {'plugin.filter-lua.luaFromClients': '*'}


def pull(text, kind='TAG', most=32):
    return {'consumerGroup': 'g', 'topic': 'F', 'queueId': '0',
            'queueOffset': '0', 'maxMsgNums': str(most), 'sysFlag': '4',
            'commitOffset': '0', 'suspendTimeoutMillis': '0',
            'subscription': text, 'subVersion': '0', 'expressionType': kind}


@attack('filters-long-and-many', back=KEPT)
def long_and_many(w):
    """300 different tag expressions of 60 KB, and some of 1 MB."""
    w.ask(310, SEND, b'x')
    for i in range(w.scale(150, 2000)):
        answer = w.ask(11, pull(f'A || {i}' + '|| x' * 15000))
        w.expect(answer is not None, 'no answer to a filter of 60 KB')
    for i in range(4):
        answer = w.ask(11, pull(f'{i}' + 'x' * 900000))
        w.expect(answer.code == 23, f'{answer.code} to a filter of 900 KB')


@attack('filters-lua-many', settings=LUA, back=KEPT)
def lua_many(w):
    """Scripts that fill their memory, each another one."""
    w.ask(310, SEND, b'x')
    for i in range(w.scale(150, 4000)):
        answer = w.ask(11, pull(
            'local t = {} for i = 1, 50 do t[i] = ("x"):rep(9000) .. i end '
            f'return function() return #t > {i} end', 'LUA'))
        w.expect(answer is not None, 'no answer to a script')


@attack('filters-lua-slow', settings=LUA)
def lua_slow(w):
    """2,000 messages, each of which takes all the time a script has."""
    for _ in range(w.scale(200, 2000)):
        w.ask(310, SEND, b'x')
    for _ in range(w.scale(5, 100)):
        answer = w.ask(11, pull('return function() while true do end end',
                                'LUA', 2 ** 31 - 1))
        w.expect(answer is not None, 'no answer to a slow script')


@attack('filters-lua-bomb', settings=LUA)
def lua_bomb(w):
    """A body of 15 KB that grows to 15 MiB, read by a script."""
    packed = zlib.compress(bytes(15 << 20))
    w.ask(310, dict(SEND, f='1'), packed)
    for _ in range(w.scale(20, 500)):
        answer = w.ask(11, pull('#msg.body == 0', 'LUA'))
        w.expect(answer is not None, 'no answer')


@attack('filters-lua-not-allowed')
def lua_not_allowed(w):
    w.ask(310, SEND, b'x')
    answer = w.ask(11, pull('true', 'LUA'))
    w.expect(answer.code == 23, f'{answer.code} to a script from a client')
