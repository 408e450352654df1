"""Small helpers that scripts import."""

import logging
import os
import random
import shlex
import string
import subprocess
import sys
import tempfile

from cloudify._context import ctx
from cloudify.exceptions import CommandExecutionException


def setup_logger(logger_name, logger_level=logging.INFO, handlers=None, remove_existing_handlers=True,
                 logger_format=None, propagate=True):
    logger = logging.getLogger(logger_name)
    if remove_existing_handlers:
        logger.handlers = []
    for handler in handlers or [logging.StreamHandler(sys.stdout)]:
        handler.setFormatter(logging.Formatter(
            logger_format or '%(asctime)s [%(levelname)s] [%(name)s] %(message)s'))
        logger.addHandler(handler)
    logger.setLevel(logger_level)
    logger.propagate = propagate
    return logger


def get_exec_tempdir():
    return os.environ.get('CFY_EXEC_TEMP') or tempfile.gettempdir()


def create_temp_folder():
    return tempfile.mkdtemp(dir=get_exec_tempdir())


def get_tenant_name():
    return ctx.tenant_name


def get_execution_id():
    return ctx.execution_id


def get_execution_token():
    return ctx.execution_token


def get_rest_token():
    return ctx.execution_token


def get_manager_rest_service_host():
    return ctx.rest_host[0]


def get_manager_rest_service_port():
    return ctx.rest_port


def id_generator(size=6, chars=string.ascii_uppercase + string.digits):
    return ''.join(random.choice(chars) for _ in range(size))


class CommandExecutionResponse(object):
    def __init__(self, command, std_out, std_err, return_code):
        self.command = command
        self.std_out = std_out
        self.std_err = std_err
        self.return_code = return_code


class LocalCommandRunner(object):
    """Runs commands on this host."""

    def __init__(self, logger=None, host='localhost'):
        self.logger = logger or ctx.logger
        self.host = host

    def run(self, command, exit_on_failure=True, stdout_pipe=True, stderr_pipe=True, cwd=None,
            execution_env=None, encoding='utf-8'):
        words = command if isinstance(command, list) else shlex.split(command)
        self.logger.debug('[%s] run: %s', self.host, command)
        done = subprocess.run(words, cwd=cwd, env=dict(os.environ, **(execution_env or {})),
                              stdout=subprocess.PIPE if stdout_pipe else None,
                              stderr=subprocess.PIPE if stderr_pipe else None)
        out = (done.stdout or b'').decode(encoding, 'replace').rstrip()
        err = (done.stderr or b'').decode(encoding, 'replace').rstrip()
        if done.returncode != 0:
            error = CommandExecutionException(command, err, out, done.returncode)
            if exit_on_failure:
                raise error
            self.logger.error(str(error))
        return CommandExecutionResponse(command, out, err, done.returncode)
