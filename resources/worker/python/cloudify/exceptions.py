"""Exceptions with which a script tells how an operation failed."""


class NonRecoverableError(Exception):
    """It is of no use to try again."""

    def __init__(self, *args, **kwargs):
        self.causes = kwargs.pop('causes', [])
        super().__init__(*args, **kwargs)


class RecoverableError(Exception):
    """It may be tried again, after so many seconds where they are given."""

    def __init__(self, message='', retry_after=None, causes=None, **_):
        self.retry_after = retry_after
        self.causes = causes or []
        super().__init__(message)


class OperationRetry(RecoverableError):
    """Not a failure: the operation asks to be run again."""


class HttpException(NonRecoverableError):
    """A resource could not be fetched."""

    def __init__(self, url, code, message, causes=None, **_):
        super().__init__('{0} ({1}): {2}'.format(url, code, message), causes=causes)
        self.url = url
        self.code = code
        self.message = message


class CommandExecutionError(RuntimeError):
    """A command that a script ran has failed."""


class CommandExecutionException(Exception):
    """A command that a script ran has failed."""

    def __init__(self, command, error, output, code):
        self.command = command
        self.error = error
        self.output = output
        self.code = code
        super().__init__("Command '{0}' executed with an error.\ncode: {1}\nerror: {2}\noutput: {3}".format(
            command, code, error or None, output or None))


class TimeoutException(Exception):
    """Something took too long."""


class StopAgent(Exception):
    """Only agents stop."""
