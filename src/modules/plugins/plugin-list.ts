import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../platform/listing/list-source.js';

const { created_at: _none, ...common } = COMMON_FIELDS;

/** rest-api §3.12. */
export const PLUGIN_LIST: ListSource = {
  resource: 'plugins',
  from: `plugin r ${COMMON_JOINS}`,
  joinsKeepRows: true,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...common,
    archive_name: { kind: 'text', sql: 'r.archive_name' },
    package_name: { kind: 'text', sql: 'r.package_name' },
    package_version: { kind: 'text', sql: 'r.package_version' },
    package_source: { kind: 'text', sql: 'r.package_source' },
    distribution: { kind: 'text', sql: 'r.distribution' },
    distribution_release: { kind: 'text', sql: 'r.distribution_release' },
    distribution_version: { kind: 'text', sql: 'r.distribution_version' },
    title: { kind: 'text', sql: 'r.title' },
    yaml_url_path: {
      kind: 'text',
      sql: `CASE WHEN cardinality(r.yaml_files) = 0 THEN '' ELSE 'plugin:' || r.package_name || '?version=' ||
        r.package_version || COALESCE('&distribution=' || r.distribution, '') END`,
    },
    supported_platform: { kind: 'json', sql: 'r.supported_platform' },
    supported_py_versions: { kind: 'json', sql: 'r.supported_py_versions' },
    wheels: { kind: 'json', sql: 'r.wheels' },
    excluded_wheels: { kind: 'json', sql: 'r.excluded_wheels' },
    blueprint_labels: { kind: 'json', sql: 'r.blueprint_labels' },
    labels: { kind: 'json', sql: 'r.labels' },
    resource_tags: { kind: 'json', sql: 'r.resource_tags' },
    uploaded_at: { kind: 'date', sql: 'r.uploaded_at' },
    yaml_files_paths: {
      kind: 'json',
      sql: `ARRAY(SELECT '/resources/plugins/' || r.id || '/' || y.name
        FROM unnest(r.yaml_files) WITH ORDINALITY AS y (name, place) ORDER BY y.place)`,
    },
    installation_state: {
      kind: 'json',
      sql: `COALESCE((SELECT jsonb_agg(jsonb_build_object(
          'manager', CASE WHEN s.kind = 'manager' THEN s.name END, 'agent', CASE WHEN s.kind = 'agent' THEN s.name END,
          'state', s.state, 'error', s.error) ORDER BY s.kind DESC, s.name)
        FROM plugin_state s WHERE s.plugin_id = r.storage_id), '[]'::jsonb)`,
    },
  },
  search: ['r.package_name'],
  order: 'r.uploaded_at, r.storage_id',
  scoped: true,
};
