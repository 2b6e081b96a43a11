#!/usr/bin/env python3
"""Sends raw requests to a broker and a nameserver and writes down, or
compares, what they answer.  See README.md."""

import argparse
import fnmatch
import importlib
import json
import os
import random
import sys
import time

sys.dont_write_bytecode = True          # the folder stays as it is

import suite                            # noqa: E402
from normal import ANY_EXCEPTION, Normaliser    # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
GROUPS = ['header', 'send', 'pull', 'offset', 'client', 'topic', 'group',
          'query', 'admin', 'namesrv', 'register', 'last']
WIDTH = 100


def address(text):
    host, port = text.rsplit(':', 1)
    return host, int(port)


def run_cases(args):
    for group in GROUPS:
        importlib.import_module(f'cases.{group}')
    run = 'W' + ''.join(random.choices('abcdefghijkmnpqrstuvwxyz', k=5))
    probe = suite.Probe(args.broker, args.namesrv,
                        Normaliser(run, args.broker[1], args.namesrv[1]))
    warm_up(probe)
    taken = {}
    for function in suite.CASES:
        if not fnmatch.fnmatch(function.case_name, args.only):
            continue
        probe.begin(function)
        start = time.monotonic()
        try:
            function(probe)
        except Exception as err:
            probe.note('<the case stopped>', error=repr(err))
        if args.verbose:
            print(f'{time.monotonic() - start:6.2f} s '
                  f'{function.case_name}', file=sys.stderr)
        taken[function.case_name] = probe.notes
    return taken


def warm_up(probe):
    """A server that just started may be slow enough to shed load."""
    for _ in range(20):
        probe.quiet(34, None, suite.heartbeat('warm-up', producers=['w']))
        probe.quiet(105, {'topic': 'TBW102'}, to='namesrv')


def dump(value, indent=0):
    """JSON, a line as long as it fits."""
    line = json.dumps(value, ensure_ascii=False)
    pad = ' ' * (indent + 1)
    if len(line) + indent <= WIDTH or not isinstance(value, (dict, list)):
        return line
    if isinstance(value, list):
        parts = [pad + dump(v, indent + 1) for v in value]
        return '[\n' + ',\n'.join(parts) + ']'
    parts = [f'{pad}{json.dumps(k, ensure_ascii=False)}: '
             f'{dump(v, indent + 1)}' for k, v in value.items()]
    return '{\n' + ',\n'.join(parts) + '}'


def flat(value, path=''):
    """Nested values -> {path: leaf}; empty containers are leaves."""
    if isinstance(value, dict) and value:
        found = {}
        for key, member in value.items():
            found.update(flat(member, f'{path}.{key}' if path else key))
        return found
    if isinstance(value, list) and value:
        found = {}
        for i, member in enumerate(value):
            found.update(flat(member, f'{path}[{i}]'))
        return found
    return {path: value}


def read_accepted():
    """Rows of case, step, field (patterns), recorded, got, reason."""
    rows = []
    with open(os.path.join(HERE, 'accepted.tsv'), encoding='utf-8') as file:
        for line in file:
            line = line.rstrip('\n')
            if line and not line.startswith('#'):
                row = line.split('\t')
                if len(row) != 6:
                    sys.exit(f'accepted.tsv: six fields expected: {line}')
                rows.append(row)
    return rows


def accepted(rows, case_name, step, field, old, new):
    def matches(pattern, value):
        return pattern == '*' or pattern == str(value) or \
            fnmatch.fnmatchcase(str(value), pattern)
    return any(matches(r[0], case_name) and matches(r[1], step) and
               matches(r[2], field) and matches(r[3], old) and
               matches(r[4], new) for r in rows)


def is_refusal_alike(old, new):
    """A stack trace tells that the reference refused by accident: then any
    refusal is as good, by whatever code."""
    return str(old.get('remark')).startswith(ANY_EXCEPTION) and \
        new.get('code') not in (None, 0)


def step_differences(old, new):
    """(field, recorded, got) of one step.  With another code the rest of an
    answer differs too: only the code is told then."""
    left, right = flat(old), flat(new)
    if is_refusal_alike(old, new):
        return
    for field in ('code', 'outcome'):
        if left.get(field) != right.get(field):
            yield field, left.get(field, '<absent>'), \
                right.get(field, '<absent>')
            return
    for field in sorted(set(left) | set(right)):
        was, is_now = left.get(field, '<absent>'), right.get(field, '<absent>')
        if was != is_now:
            yield field, was, is_now


def compare_case(rows, name, old, new):
    """Lines that tell the differences nobody accepted, and how many were."""
    lines, waved = [], 0
    for i in range(max(len(old), len(new))):
        was = old[i] if i < len(old) else {}
        is_now = new[i] if i < len(new) else {}
        step = was.get('ask') or is_now.get('ask')
        for field, left, right in step_differences(was, is_now):
            if accepted(rows, name, step, field, left, right):
                waved += 1
                continue
            line = f'    {step}: {field}: recorded {left!r}, got {right!r}'
            if field == 'code' and is_now.get('remark'):
                line += f' ({is_now["remark"]})'
            lines.append(line)
    return lines, waved


def compare(args):
    with open(args.recording, encoding='utf-8') as file:
        recorded = json.load(file)
    rows = read_accepted()
    taken = run_cases(args)
    passed = failed = waved = 0
    for name in sorted(set(recorded) | set(taken)):
        if not fnmatch.fnmatch(name, args.only):
            continue
        lines, ok = compare_case(rows, name, recorded.get(name, []),
                                 taken.get(name, []))
        waved += ok
        if lines:
            failed += 1
            print(f'FAIL {name}')
            print('\n'.join(lines))
        else:
            passed += 1
            if args.verbose:
                print(f'ok   {name}')
    if waved:
        print(f'{waved} differences accepted, see accepted.tsv')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


def record(args):
    taken = run_cases(args)
    with open(args.output, 'w', encoding='utf-8') as file:
        file.write(dump(taken) + '\n')
    print(f'{len(taken)} cases, {sum(map(len, taken.values()))} answers '
          f'written to {args.output}')
    return 0


def bad_bytes(args):
    import bad_bytes as module
    return module.run(args)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    modes = parser.add_subparsers(dest='mode', required=True)
    for mode, function in (('record', record), ('compare', compare),
                           ('bad-bytes', bad_bytes)):
        sub = modes.add_parser(mode)
        sub.set_defaults(function=function)
        if mode == 'compare':
            sub.add_argument('recording')
        sub.add_argument('--broker', type=address, required=True)
        sub.add_argument('--namesrv', type=address, required=True)
        sub.add_argument('--only', default='*', help='pattern of case names')
        sub.add_argument('-v', '--verbose', action='store_true')
        if mode == 'record':
            sub.add_argument('-o', '--output', required=True)
        if mode == 'bad-bytes':
            sub.add_argument('--pid', type=int,
                             help='process whose memory is watched')
    args = parser.parse_args()
    sys.exit(args.function(args))


if __name__ == '__main__':
    main()
