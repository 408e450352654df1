"""There is no REST client here: the manager's API is asked with any HTTP client and the execution's token."""

from cloudify.exceptions import NonRecoverableError

_TEXT = ('cloudify.manager is not available in scripts that the manager runs itself: ask the REST API at ctx.rest_host '
         'and ctx.rest_port, with ctx.execution_token in the header Execution-Token')


def _refuse(*_, **__):
    raise NonRecoverableError(_TEXT)


get_rest_client = get_node_instance = update_node_instance = _refuse
get_resource = get_resource_from_manager = download_resource = _refuse
