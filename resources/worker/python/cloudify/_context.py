"""The context of an operation, over the worker's proxy."""

import copy
import logging

from cloudify import _proxy
from cloudify.exceptions import HttpException, NonRecoverableError


class ImmutableProperties(dict):
    """Properties of a node: a dictionary that cannot be changed."""

    @staticmethod
    def _refuse(*_, **__):
        raise NonRecoverableError('Cannot override read only properties')

    __setitem__ = __delitem__ = update = clear = pop = popitem = setdefault = _refuse

    def __copy__(self):
        return dict(self)

    def __deepcopy__(self, memo):
        return copy.deepcopy(dict(self), memo)


class _Facts(object):
    """Attributes out of a dictionary."""

    def __init__(self, facts):
        self._facts = facts

    def __getattr__(self, name):
        if name.startswith('_'):
            raise AttributeError(name)
        try:
            return self._facts[name]
        except KeyError:
            raise AttributeError(name) from None


class Node(_Facts):
    @property
    def properties(self):
        return ImmutableProperties(self._facts['properties'])


class _Related(object):
    """The other end of a relationship, to look at."""

    def __init__(self, path):
        self._path = path
        self._cache = {}

    def _get(self, *rest):
        if rest not in self._cache:
            self._cache[rest] = _proxy.call(*(self._path + rest))
        return self._cache[rest]

    @property
    def node(self):
        return Node({name: self._get('node', name)
                     for name in ('id', 'name', 'type', 'type_hierarchy', 'properties')})

    @property
    def instance(self):
        return _RelatedInstance(self._path + ('instance',))


class _RelatedInstance(_Related):
    @property
    def id(self):
        return self._get('id')

    @property
    def index(self):
        return self._get('index')

    @property
    def host_ip(self):
        return self._get('host_ip')

    @property
    def runtime_properties(self):
        return ImmutableProperties(self._get('runtime_properties'))


class Relationship(_Facts):
    def __init__(self, facts, path):
        super().__init__(facts)
        self._path = path

    @property
    def target(self):
        return _Related(self._path + ('target',))


class Instance(_Facts):
    """An instance whose runtime properties may be changed, also deep inside: they are compared when they are saved."""

    def __init__(self, side, facts):
        super().__init__(facts)
        self._side = side
        self._path = ('instance',) if side == 'instance' else (side, 'instance')
        self._before = None
        self._now = None

    @property
    def runtime_properties(self):
        if self._now is None:
            self._before = _proxy.ask('runtime-properties', side=self._side)
            self._now = copy.deepcopy(self._before)
        return self._now

    @runtime_properties.setter
    def runtime_properties(self, value):
        self.runtime_properties  # what was there is compared with
        self._now = dict(value)

    @property
    def host_ip(self):
        self._save()
        return _proxy.call(*(self._path + ('host_ip',)))

    @property
    def relationships(self):
        return [Relationship(facts, self._path + ('relationships', at))
                for at, facts in enumerate(self._facts['relationships'])]

    @property
    def drift(self):
        return self.runtime_properties.get('drift')

    def update(self, on_conflict=None):
        self._save()
        _proxy.call(*(self._path + ('update',)))

    def refresh(self, force=False):
        if not force and self._now is not None and self._now != self._before:
            raise RuntimeError('the runtime properties were changed: update them, or refresh with force')
        _proxy.call(*(self._path + ('refresh',)))
        self._now = self._before = None

    def _save(self):
        if self._now is not None and self._now != self._before:
            _proxy.ask('save', side=self._side, properties=self._now)
            self._before = copy.deepcopy(self._now)


class Side(object):
    def __init__(self, instance):
        self.instance = instance
        self.node = Node(instance._facts['node'])


class Operation(_Facts):
    def retry(self, message=None, retry_after=None):
        _proxy.call('operation', 'retry', message, retry_after)


class _Handler(logging.Handler):
    LEVELS = ((logging.CRITICAL, 'critical'), (logging.ERROR, 'error'),
              (logging.WARNING, 'warning'), (logging.INFO, 'info'))

    def emit(self, record):
        try:
            level = next((name for number, name in self.LEVELS if record.levelno >= number), 'debug')
            _proxy.call('logger', level, self.format(record))
        except Exception:
            self.handleError(record)


class Context(object):
    """`ctx`. Empty until the runner has asked for what the operation is about."""

    def __init__(self):
        self._context = None
        self._sides = {}
        self._logger = None

    def _start(self, context):
        self._context = context
        self._sides = {side: Side(Instance(side, facts)) for side, facts in context['sides'].items()}

    def _finish(self):
        for side in self._sides.values():
            side.instance._save()

    def _side(self, side, name):
        try:
            return self._sides[side]
        except KeyError:
            kinds = ('node-instance', 'relationship-instance')
            wanted = kinds[0] if side == 'instance' else kinds[1]
            raise NonRecoverableError('{0} can only be used in a {1} context but used in a {2} context'.format(
                name, wanted, self.type)) from None

    @property
    def logger(self):
        if self._logger is None:
            self._logger = logging.getLogger('ctx.{0}'.format(self.task_id))
            self._logger.setLevel(logging.DEBUG)
            self._logger.propagate = False
            handler = _Handler()
            handler.setFormatter(logging.Formatter('%(message)s'))
            self._logger.handlers = [handler]
        return self._logger

    @property
    def node(self):
        return self._side('instance', 'ctx.node/ctx.instance').node

    @property
    def instance(self):
        return self._side('instance', 'ctx.node/ctx.instance').instance

    @property
    def source(self):
        return self._side('source', 'ctx.source')

    @property
    def target(self):
        return self._side('target', 'ctx.target')

    @property
    def operation(self):
        return Operation(self._context['operation'])

    @property
    def blueprint(self):
        return _Facts(self._context['blueprint'])

    @property
    def deployment(self):
        return _Facts(self._context['deployment'])

    @property
    def plugin(self):
        return _Facts(self._context['plugin'])

    @property
    def execution_token(self):
        return _proxy.call('execution_token')

    rest_token = execution_token

    @property
    def capabilities(self):
        return _proxy.call('capabilities')

    def returns(self, value):
        _proxy.call('returns', value)

    def abort_operation(self, message=None):
        self._stop('abort_operation', message)

    def retry_operation(self, message=None, retry_after=None):
        self._stop('retry_operation', message, retry_after)

    @staticmethod
    def _stop(*args):
        try:
            _proxy.call(*args)
        except _proxy.Stopped:
            pass  # it is noted; here the script goes on to its end

    def send_event(self, event):
        _proxy.call('send_event', event)

    def download_resource(self, resource_path, target_path=None):
        return self._resource(resource_path, 'download_resource', resource_path, target_path)

    def download_resource_and_render(self, resource_path, target_path=None, template_variables=None):
        return self._resource(resource_path, 'download_resource_and_render', resource_path, target_path,
                              template_variables or {})

    def download_directory(self, resource_path, target_path=None):
        return self._resource(resource_path, 'download_directory', resource_path, target_path)

    def get_resource(self, resource_path):
        return self._resource(resource_path, 'get_resource', resource_path).encode('utf-8')

    def get_resource_and_render(self, resource_path, template_variables=None):
        return self._resource(resource_path, 'get_resource_and_render', resource_path,
                              template_variables or {}).encode('utf-8')

    @staticmethod
    def _resource(path, *args):
        try:
            return _proxy.call(*args)
        except _proxy.ProxyError as error:
            if '(404)' in str(error):
                raise HttpException(path, 404, str(error)) from None
            raise

    def local_deployment_workdir(self):
        return _proxy.call('local_deployment_workdir')

    def upload_deployment_file(self, target_file_path, src_file, src_file_mtime=None):
        _proxy.call('upload_deployment_file', target_file_path, src_file)

    def delete_deployment_file(self, file_path):
        _proxy.call('delete_deployment_file', file_path)

    def __getattr__(self, name):
        if not name.startswith('_') and self._context is not None and name in self._context:
            return self._context[name]
        raise AttributeError('ctx has no {0} in a script that the manager runs'.format(name))


ctx = Context()
