const DEFAULT_MAIN_FILE = 'blueprint.yaml';

export type MainFileChoice = { readonly file: string } | { readonly problem: string };

/**
 * Which file of an unpacked blueprint is the main one: the one asked for, else `blueprint.yaml`, else the only YAML at
 * the top level (rest-api §3.1).
 * @param paths relative paths of the files
 */
export function chooseMainFile(asked: string | null, paths: readonly string[]): MainFileChoice {
  if (asked !== null) {
    return paths.includes(asked)
      ? { file: asked }
      : { problem: `${asked} does not exist in the application directory. Please check the file name` };
  }
  if (paths.includes(DEFAULT_MAIN_FILE)) return { file: DEFAULT_MAIN_FILE };
  const candidates = paths.filter((path) => !path.includes('/') && /\.ya?ml$/i.test(path));
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return { file: only };
  return {
    problem:
      candidates.length === 0
        ? `The archive has no YAML file at its top level; name the main file in application_file_name`
        : `The archive has several YAML files at its top level and no ${DEFAULT_MAIN_FILE}; name the main file in application_file_name`,
  };
}
