"""What changes a server for good runs last."""

from suite import case, send_v2


@case
def auto_create_off(p):
    """The reference takes the inherit permission off its template topic
    with the first refusal, and keeps refusing when switched on again."""
    p.broker('switch it off', 25, None, b'autoCreateTopicEnable=false\n')
    p.broker('unknown topic', 310, send_v2(p.name('t')), b'x')
    p.broker('switch it on', 25, None, b'autoCreateTopicEnable=true\n')
    p.broker('once more', 310, send_v2(p.name('t')), b'x')
