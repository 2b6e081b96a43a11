"""The broker itself: codes 25, 26, 28."""

import re

from normal import parse_dialect
from suite import case

KEPT = ['brokerName', 'brokerClusterName', 'brokerId', 'brokerIP1',
        'brokerPermission', 'autoCreateTopicEnable', 'defaultTopicQueueNums',
        'autoCreateSubscriptionGroup', 'maxMessageSize', 'deleteWhen',
        'fileReservedTime', 'flushDiskType', 'brokerRole', 'longPollingEnable',
        'mappedFileSizeCommitLog', 'messageDelayLevel', 'enablePropertyFilter',
        'maxTransferCountOnMessageInMemory', 'transactionTimeOut',
        'transactionCheckMax', 'transactionCheckInterval', 'traceOn',
        'regionId', 'slaveReadEnable', 'timerWheelEnable']


def properties(shown):
    """Keeps the settings that clients and tools look at."""
    if shown.get('ext', {}).get('version'):
        shown['ext']['version'] = re.sub(r'\d+', '<n>',
                                         shown['ext']['version'])
    return shown


def read_properties(answer):
    lines = answer.body.decode().splitlines()
    return dict(line.split('=', 1) for line in lines
                if '=' in line and not line.startswith('#'))


@case
def config(p):
    answer = p.quiet(26)
    found = read_properties(answer)
    p.note('get', code=answer.code, values={k: found.get(k) for k in KEPT},
           ext=sorted(answer.ext or {}))
    p.broker('set', 25, None, b'defaultTopicQueueNums=5\n')
    p.note('set value', value=read_properties(p.quiet(26)).get(
        'defaultTopicQueueNums'))
    p.broker('set back', 25, None, b'defaultTopicQueueNums=8\n')
    p.broker('no body', 25)
    p.broker('unknown key', 25, None, b'noSuchKey=1\n')
    p.broker('not a number', 25, None, b'defaultTopicQueueNums=x\n')
    p.note('value after it', value=read_properties(p.quiet(26)).get(
        'defaultTopicQueueNums'))
    p.broker('not properties', 25, None, b'hello')
    for key in ('brokerConfigPath', 'rocketmqHome', 'configBlackList',
                'brokerPermission=abc'):
        line = key if '=' in key else key + '=x'
        p.broker(f'set {key}', 25, None, line.encode())
    p.broker('several, comments, blanks', 25, None,
             b'# note\n\n clusterTopicEnable = true \n'
             b'regionId:DefaultRegion\n')
    p.note('a blank after true makes it false', value=read_properties(
        p.quiet(26)).get('clusterTopicEnable'))
    p.quiet(25, None, b'clusterTopicEnable=true\n')
    p.broker_oneway('one-way', 26)


@case
def runtime(p):
    def view(shown):
        table = shown['body']['json']['table']
        shown['body'] = {'names': [
            k for k in sorted(table)
            if not k.startswith(('scheduleMessageOffset',
                                 'commitLogDiskRatio_'))]}
        return shown
    p.broker('names', 28, view=view)
    table = parse_dialect(
        p.quiet(28).body.decode())['table']

    def shape(value):
        return re.sub(r'-?\d+(\.\d+)?', 'N', str(value))
    words = ('bootTimestamp', 'runtime', 'brokerActive', 'getTotalTps',
             'commitLogMinOffset', 'commitLogMaxOffset', 'msgPutTotalTodayNow',
             'commitLogDirCapacity',
             'commitLogDiskRatio', 'brokerVersionDesc', 'putLatency99',
             'sendThreadPoolQueueSize')
    p.note('shapes', **{k: shape(table.get(k)) for k in words})
    p.note('all values are text',
           yes=all(isinstance(v, str) for v in table.values()))
