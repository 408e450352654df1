"""The context and the inputs of the operation."""

from cloudify._context import ctx

__all__ = ['ctx', 'ctx_parameters', 'current_ctx']


class _Parameters(dict):
    """Inputs, as attributes too."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        self[name] = value


ctx_parameters = _Parameters()


class _CurrentContext(object):
    @staticmethod
    def get_ctx():
        return ctx

    @staticmethod
    def get_parameters():
        return ctx_parameters


current_ctx = _CurrentContext()
