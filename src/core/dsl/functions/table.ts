import { GET_ATTRIBUTE, GET_ATTRIBUTES_DICT, GET_ATTRIBUTES_LIST } from './attributes.js';
import type { FunctionName } from './call.js';
import { GET_CAPABILITY, GET_ENVIRONMENT_CAPABILITY, GET_GROUP_CAPABILITY } from './capabilities.js';
import type { FunctionDefinition } from './definition.js';
import { GET_INPUT } from './get-input.js';
import { GET_PROPERTY } from './get-property.js';
import { CONCAT, MERGE } from './joining.js';
import { GET_LABEL } from './labels.js';
import { GET_SECRET } from './secrets.js';
import { STRING_FIND, STRING_LOWER, STRING_REPLACE, STRING_SPLIT, STRING_UPPER } from './strings.js';
import { GET_CONSUMERS, GET_SYS } from './system.js';

/** All intrinsic functions (dsl.md §14.2). */
export const FUNCTIONS: Readonly<Record<FunctionName, FunctionDefinition>> = {
  get_input: GET_INPUT,
  get_property: GET_PROPERTY,
  concat: CONCAT,
  merge: MERGE,
  string_find: STRING_FIND,
  string_replace: STRING_REPLACE,
  string_split: STRING_SPLIT,
  string_lower: STRING_LOWER,
  string_upper: STRING_UPPER,
  get_attribute: GET_ATTRIBUTE,
  get_attributes_list: GET_ATTRIBUTES_LIST,
  get_attributes_dict: GET_ATTRIBUTES_DICT,
  get_secret: GET_SECRET,
  get_capability: GET_CAPABILITY,
  get_environment_capability: GET_ENVIRONMENT_CAPABILITY,
  get_group_capability: GET_GROUP_CAPABILITY,
  get_label: GET_LABEL,
  get_sys: GET_SYS,
  get_consumers: GET_CONSUMERS,
};
