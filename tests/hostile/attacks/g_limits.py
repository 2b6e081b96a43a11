# SPDX-License-Identifier: Apache-2.0
"""The same under limits of the system: few descriptors, little memory."""

import resource
import time

from rig import SANITIZED, attack, frame
from attacks.b_unread import SEND, view_unread, long_polls
from attacks.c_clients import kept


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))


def little_memory():
    # A sanitizer reserves terabytes.
    if not SANITIZED:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


@attack('more-connections-than-descriptors', limits=few_descriptors)
def descriptors(w):
    """Those that there are leave room for queues and tables."""
    peers = [w.peer() for _ in range(w.scale(400, 2000))]
    time.sleep(0.3)
    busy = w.broker.cpu_seconds()
    time.sleep(1)
    busy = w.broker.cpu_seconds() - busy
    w.expect(busy < 0.8, f'it spins: {busy:.1f} s of a second')
    for peer in peers[20:]:
        peer.close()
    for i in range(100):
        answer = w.ask(310, dict(SEND, b=f'Fresh{i}'), b'x')
        w.expect(answer is not None and answer.code == 0,
                 f'topic {i}: {answer and answer.remark}')
    answer = w.ask(201)
    w.expect(answer is not None and answer.code == 0, 'no tables')


attack('views-in-little-memory', limits=little_memory)(view_unread)
attack('polls-in-little-memory', limits=little_memory)(long_polls)
attack('heartbeats-in-little-memory', limits=little_memory)(kept)
