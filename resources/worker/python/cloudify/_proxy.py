"""Calls to the worker that runs the operation."""

import http.client
import json
import os
import threading
from urllib.parse import urlsplit


class ProxyError(RuntimeError):
    """The worker refused a call; the text says why."""


class Stopped(Exception):
    """The worker took note that the operation is to stop."""


_lock = threading.Lock()
_connection = None


def _post(path, body):
    global _connection
    url = urlsplit(os.environ['CTX_SOCKET_URL'])
    payload = json.dumps(body).encode('utf-8')
    with _lock:
        for attempt in (1, 2):
            if _connection is None:
                _connection = http.client.HTTPConnection(url.hostname, url.port)
            try:
                _connection.request('POST', url.path + path, payload, {'content-type': 'application/json'})
                answer = _connection.getresponse()
                text = answer.read().decode('utf-8')
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # A connection that was idle for long may have been closed.
                _connection = None
                if attempt == 2:
                    raise
    if answer.status != 200:
        raise ProxyError('the worker answered {0}'.format(answer.status))
    return json.loads(text)


def _payload(answer):
    if answer['type'] == 'result':
        return answer['payload']
    if answer['type'] == 'stop_operation':
        raise Stopped(answer['payload']['message'])
    raise ProxyError(answer['payload']['message'])


def call(*args):
    """A call as the ctx command makes it."""
    return _payload(_post('', {'args': list(args)}))


def ask(do, **rest):
    """What only the runner of Python scripts asks."""
    return _payload(_post('/python', dict(rest, do=do)))
