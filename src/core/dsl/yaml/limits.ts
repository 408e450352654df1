/** What one document may cost. */
export interface YamlLimits {
  /** UTF-16 units of text. */
  readonly maxLength: number;
  /** Collections within each other, aliases counted as what they stand for. */
  readonly maxDepth: number;
  /** Scalars and collections, keys too, aliases counted as what they stand for. */
  readonly maxNodes: number;
}

/** Those of security-design §8. A plan's readers walk trees by plain recursion and rely on `maxDepth`. */
export const DEFAULT_YAML_LIMITS: YamlLimits = { maxLength: 5 * 1024 * 1024, maxDepth: 64, maxNodes: 1_000_000 };

/** Characters from the start of a key without `?` to its colon, at most; the dialect's own limit. */
export const MAX_KEY_LENGTH = 1024;
