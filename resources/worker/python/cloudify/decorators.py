"""Decorators of functions that scripts define and call."""

import functools

from cloudify._context import ctx
from cloudify.exceptions import NonRecoverableError
from cloudify.state import ctx_parameters


def operation(func=None, resumable=False, **_):
    """Gives the function `ctx`, and what else it takes, from the operation."""
    if func is None:
        return lambda function: operation(function, resumable=resumable)

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        kwargs.setdefault('ctx', ctx)
        for name, value in ctx_parameters.items():
            kwargs.setdefault(name, value)
        return func(*args, **kwargs)
    wrapper.resumable = resumable
    return wrapper


def workflow(*_, **__):
    raise NonRecoverableError('workflows written in Python need a Python worker; this manager runs operations only')
