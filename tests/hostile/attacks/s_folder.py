# SPDX-License-Identifier: Apache-2.0
"""Store folders that came from somewhere else."""

import json
import os
import subprocess

from rig import Broker, Failure, attack

TWENTY = '00000000000000000000'
PIPES = ['lock', 'abort', 'checkpoint', 'config/topics.json',
         'config/consumerOffset.json', 'skua/lives.journal',
         'skua/queues.json', 'commitlog/' + TWENTY,
         'consumequeue/T/0/' + TWENTY, 'skua/checks/' + TWENTY,
         'index/20260101000000000']


def path_of(folder, name):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def run(words):
    """Ends by itself, soon."""
    try:
        subprocess.run(words, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=20, check=False)
    except subprocess.TimeoutExpired as err:
        raise Failure(f'{words} waits') from err


@attack('folder-pipes')
def pipes(w):
    """A pipe in place of a file: whoever opened it waited for ever."""
    skuad = os.environ['SKUAD']
    skua = os.path.join(os.path.dirname(skuad), 'skua')
    for i, name in enumerate(PIPES):
        folder = os.path.join(w.broker.folder, f'pipe{i}')
        os.makedirs(os.path.join(folder, 'commitlog'))
        os.makedirs(os.path.join(folder, 'config'))
        os.mkfifo(path_of(folder, name))
        run([skua, 'store', 'check', folder])
        # It may start; then it ends at the signal.
        run(['timeout', '--signal=TERM', '2', skuad, '-o',
             f'storePathRootDir={folder}', '-o', 'listenPort=0', '-o',
             'namesrvListenPort=0', '-o',
             f'kvConfigPath={folder}/kv.json'])


@attack('folder-names')
def names(w):
    """A topic of the table that names a place outside of the folder."""
    wicked = '../../../escaped'
    other = Broker()
    try:
        problem = other.stop()
        w.expect(problem is None, problem)
        store = other.settings['storePathRootDir']
        for file in 'topics.json', 'topics.json.bak':
            path = os.path.join(store, 'config', file)
            with open(path, encoding='utf-8') as old:
                table = json.load(old)
            table.pop('crc32')
            table['topicConfigTable'][wicked] = {
                'topicName': wicked, 'perm': 6, 'readQueueNums': 1,
                'writeQueueNums': 1}
            with open(path, 'w', encoding='utf-8') as new:
                json.dump(table, new)
        os.makedirs(os.path.join(store, 'index'), exist_ok=True)
        notes = os.path.join(store, 'index', 'notes')
        with open(notes, 'w', encoding='utf-8') as file:
            file.write('mine')
        other.start()
        w.expect('left out' in other.said(), 'the name was taken')
        w.expect(os.path.exists(notes), 'a file of somebody else is gone')
        for folder, _, files in os.walk(other.folder):
            w.expect('escaped' not in folder and 'escaped' not in files,
                     f'made outside: {folder}')
        problem = other.stop()
        w.expect(problem is None, problem)
    finally:
        other.remove()
