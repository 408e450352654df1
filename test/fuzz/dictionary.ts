/** What a blueprint may hold, and what it may not; one a line. */
function lines(text: string): readonly string[] {
  return text.trim().split('\n');
}

export const VALUES: readonly string[] = [
  '\u{1F600}',
  'é',
  ...lines(String.raw`
~
null
{}
[]
''
yes
off
true
-1
0
017
0o17
1e3
1.0
1.5e+3
.inf
.nan
99999999999999999999
-0
1:30
2020-01-01
2001-12-14t21:59:43.10-05:00
=
<<
!!int "2"
!!str 1
!!binary aGk=
!!set {a, b}
!!omap [a: 1]
!unknown x
!!float x
*nothing
&a [*a]
{{ x }}
[a: b, c]
"unclosed
'unclosed
|
>-
? a
- - - a
@x
%x
"\x"
"\u0041\uD800"
{get_input: x}
{get_input: [x, 0, y]}
{get_property: [SELF, a]}
{get_property: [SELF]}
{get_attribute: [a, b]}
{concat: [a, {concat: [b, {get_input: x}]}]}
{merge: [{a: 1}, {get_input: x}]}
{get_secret: [a, b]}
{get_secret: x}
{string_split: [a, ""]}
{string_replace: [a, b, c, -1]}
{string_lower: 1}
{string_find: [a]}
{get_label: [a, 99]}
{get_capability: [d, c]}
{get_environment_capability: x}
{get_sys: [deployment, id]}
{get_sys: [x, y]}
{get_consumers: ids}
{get_group_capability: [g, [a, b]]}
{get_attributes_list: [a, b]}
{get_input: x, type: integer}
cloudify.nodes.Root
cloudify.nodes.Compute
cloudify.relationships.contained_in
cloudify.datatypes.Component
string
integer
list
dict
regex
textarea
node_id
blueprint_id
SELF
TARGET
UNBOUNDED
central_deployment_agent
host_agent
auto
../../etc/passwd
http://127.0.0.1/x
file:///etc/passwd
plugin:x?version=
plugin:cloudify-aws-plugin?version=>=1,<2
a--b--blueprint:base-stack
a--types.yaml
blueprint:x
cloudify_dsl_1_0
cloudify_dsl_1_3
cloudify_dsl_1_5
cloudify_dsl_2_0
__proto__
constructor
(a+)+$
(?P<n>x)(?P=n)
`),
];

export const KEYS: readonly string[] = lines(`
tosca_definitions_version
description
metadata
imports
dsl_definitions
inputs
data_types
node_types
relationships
node_templates
plugins
workflows
groups
policies
policy_types
policy_triggers
outputs
capabilities
labels
blueprint_labels
resource_tags
deployment_settings
upload_resources
type
default
required
constraints
item_type
hidden
display
display_label
properties
derived_from
interfaces
source_interfaces
target_interfaces
implementation
executor
max_retries
retry_interval
timeout
target
instances
deploy
scalable
default_instances
min_instances
max_instances
members
targets
mapping
parameters
availability_rules
values
value
default_schedules
since
recurrence
weekdays
get_input
use_external_resource
connection_type
operation
<<
__proto__
1
~
true
"quoted"
? [complex]
`);
