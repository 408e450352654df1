"""Runs one Python script of an operation: beside this file is the cloudify package it imports."""

import os
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from cloudify import _proxy  # noqa: E402
from cloudify._context import ctx  # noqa: E402
from cloudify.exceptions import NonRecoverableError, OperationRetry, RecoverableError  # noqa: E402
from cloudify.state import ctx_parameters  # noqa: E402


def how_it_ended(error):
    if error is None or isinstance(error, SystemExit) and error.code in (None, 0):
        return {'kind': 'success'}
    kind = 'other'
    if isinstance(error, NonRecoverableError):
        kind = 'non-recoverable'
    elif isinstance(error, OperationRetry):
        kind = 'retry'
    elif isinstance(error, RecoverableError):
        kind = 'recoverable'
    after = getattr(error, 'retry_after', None)
    return {
        'kind': kind,
        'exception': type(error).__name__,
        'message': str(error),
        'retry_after': after if isinstance(after, (int, float, str)) else None,
    }


def run(path):
    with open(path, 'rb') as script:
        code = compile(script.read(), path, 'exec')
    names = {'__name__': '__main__', '__file__': path, '__builtins__': __builtins__}
    sys.argv = [path]
    exec(code, names)


def main():
    started = _proxy.ask('start')
    ctx._start(started['context'])
    ctx_parameters.update(started['inputs'])
    failure = None
    try:
        run(started['script'])
    except BaseException as error:  # also SystemExit and KeyboardInterrupt: they are answers
        failure = error
        if not isinstance(error, (SystemExit, OperationRetry)):
            traceback.print_exc()
    try:
        ctx._finish()
    except BaseException as error:
        traceback.print_exc()
        failure = failure or error
    sys.stdout.flush()
    _proxy.ask('end', **how_it_ended(failure))


main()
