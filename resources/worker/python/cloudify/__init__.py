"""The part of the cloudify package that scripts of operations use, over the worker's proxy."""

from cloudify._context import ctx

__all__ = ['ctx']
