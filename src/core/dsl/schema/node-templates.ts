import type { At } from '../diagnostics.js';
import type { Interfaces } from '../plan.js';
import type { Dict } from '../values.js';
import type { MappingNode } from '../yaml/tree.js';
import { dependencyOrder } from './cycles.js';
import { InterfaceMerger, readTemplateInterfaces } from './interfaces.js';
import type { NodeType, NodeTypes } from './node-types.js';
import type { AssembledNodes, Template } from './plan-nodes.js';
import { assembleNodes } from './plan-nodes.js';
import type { KnownTypes } from './property-schemas.js';
import { completeProperties } from './property-schemas.js';
import type { Fields, Reading } from './reading.js';
import { checkKeys, entriesOf, fieldsOf, openFields } from './reading.js';
import type { RelationshipTypes } from './relationship-types.js';
import type { OperationBinder } from './resolved-operations.js';
import { readScalable } from './scalable.js';
import type { TemplateRelationship } from './template-relationships.js';
import { isContainment, readTemplateRelationships } from './template-relationships.js';

export interface NodeTemplates extends AssembledNodes {
  readonly names: ReadonlySet<string>;
  readonly containedIn: ReadonlyMap<string, string | null>;
}

export interface TemplateContext {
  readonly types: KnownTypes;
  readonly nodeTypes: NodeTypes;
  /** Asked for when the first node template has a relationship: the original checks their operations then. */
  readonly relationshipTypes: () => RelationshipTypes;
  readonly binder: OperationBinder;
}

/**
 * Reads the section `node_templates` (dsl.md §10); node templates must not be related in circles. First what stands in
 * the templates themselves is judged, the last one first, then what they make of their relationships and operations,
 * in the order of their dependencies: so the original meets their faults.
 */
export function readNodeTemplates(reading: Reading, sections: Fields, context: TemplateContext): NodeTemplates {
  const section = sections.get('node_templates');
  const entries = new Map(entriesOf(reading, section));
  const templates = new Map<string, Template>();
  if (section?.node.kind === 'mapping') {
    const reader = new TemplateReader(reading, section.node, context);
    const typed = [...entries].toReversed().flatMap(([name, at]) => reader.readType(name, at) ?? []);
    const own = new Map(typed.map((template) => [template.name, reader.readOwn(template)] as const));
    for (const name of dependencyOrder(section.node)) {
      const written = own.get(name);
      const template = written && reader.complete(written);
      if (template !== undefined) {
        templates.set(name, template);
      }
    }
  }
  const names = [...entries.keys()];
  const written = names.map((name) => templates.get(name)).filter((template) => template !== undefined);
  return {
    ...assembleNodes(reading, written),
    names: new Set(names),
    containedIn: new Map(names.map((name) => [name, templates.get(name)?.container ?? null] as const)),
  };
}

const KEYS = ['type', 'instances', 'capabilities', 'interfaces', 'relationships', 'properties'];

interface TypedTemplate {
  readonly name: string;
  readonly at: At;
  readonly fields: Fields;
  readonly typeName: string;
  /** Undefined when a fault was reported. */
  readonly type: NodeType | undefined;
}

interface WrittenTemplate extends TypedTemplate, Pick<Template, 'scalable' | 'deploy'> {
  readonly properties: Dict | undefined;
  readonly interfaces: Interfaces;
}

class TemplateReader {
  private readonly merger: InterfaceMerger;

  constructor(
    private readonly reading: Reading,
    private readonly templates: MappingNode,
    private readonly context: TemplateContext,
  ) {
    this.merger = new InterfaceMerger(reading);
  }

  readType(name: string, at: At): TypedTemplate | undefined {
    const fields = openFields(this.reading, at, ['type']);
    if (fields === undefined) {
      return undefined;
    }
    const typeName = fields.text('type') ?? '';
    return { name, at, fields, typeName, type: this.typeOf(typeName, fields.get('type')) };
  }

  readOwn(template: TypedTemplate): WrittenTemplate {
    const { reading } = this;
    const { at, fields, type } = template;
    return {
      ...template,
      properties:
        type && completeProperties(reading, type.properties, fields.get('properties'), this.context.types, at),
      interfaces: readTemplateInterfaces(reading, fields.get('interfaces')),
      ...readInstances(reading, fields),
    };
  }

  complete({ fields, interfaces, ...template }: WrittenTemplate): Template | undefined {
    const { name, at, type, properties } = template;
    const related = this.relationshipsOf(name, fields);
    checkKeys(this.reading, fields, KEYS);
    if (type === undefined || properties === undefined) {
      return undefined;
    }
    const bound = this.context.binder.bind(this.merger.merge(type.interfaces, interfaces, at), 'node', at);
    return {
      ...template,
      type,
      properties,
      bound,
      relationships: related.map(({ sourceInterfaces, targetInterfaces, ...relationship }) => ({
        ...relationship,
        source: this.context.binder.bind(sourceInterfaces, 'relationship', at),
        targetSide: this.context.binder.bind(targetInterfaces, 'relationship', at),
      })),
      container: related.find(isContainment)?.target ?? null,
    };
  }

  private typeOf(name: string, at: At | undefined): NodeType | undefined {
    const type = this.context.nodeTypes.get(name);
    if (type === undefined && at?.node.kind === 'scalar' && at.node.value === name) {
      this.reading.report(7, at, `Could not locate node type '${name}'`);
    }
    return type;
  }

  private relationshipsOf(name: string, fields: Fields): readonly TemplateRelationship[] {
    if (fields.get('relationships') === undefined) {
      return [];
    }
    return readTemplateRelationships(this.reading, name, fields, {
      types: this.context.types,
      relationshipTypes: this.context.relationshipTypes(),
      merger: this.merger,
      templates: this.templates,
    });
  }
}

/** The numbers of instances (dsl.md §10): 1, 102, 207 to 210. */
function readInstances(reading: Reading, template: Fields): Pick<Template, 'scalable' | 'deploy'> {
  const deploy = readDeploy(reading, template);
  const capabilities = template.get('capabilities');
  const capability = capabilities && fieldsOf(reading, capabilities, ['scalable']);
  const at = capability?.get('scalable');
  const scalable = at && fieldsOf(reading, at, ['properties']);
  if (at !== undefined) {
    reading.gate('scalable', 'cloudify_dsl_1_3', at);
  }
  if (capabilities !== undefined && deploy !== undefined) {
    reading.report(209, capabilities, `'capabilities' and 'instances.deploy' cannot be given both`);
  }
  return { scalable: readScalable(reading, scalable?.get('properties'), deploy), deploy };
}

function readDeploy(reading: Reading, template: Fields): number | undefined {
  const instances = template.get('instances');
  const fields = instances && fieldsOf(reading, instances, ['deploy'], ['deploy']);
  const at = fields?.get('deploy');
  const deploy = fields?.integer('deploy');
  if (at !== undefined && deploy !== undefined && deploy < 0) {
    reading.report(1, at, `'deploy' must not be negative, found ${String(deploy)}`);
  }
  return deploy;
}
