import type { StoredFile } from '../files/file-store.js';

/** What an operator opens beyond the public internet over https (security-design §7). */
export interface OutboundPolicy {
  /** Hosts that may have any address. Exact names. */
  readonly allowedHosts: readonly string[];
  /** Networks (CIDR) or single addresses that any host may have. */
  readonly allowedNetworks: readonly string[];
  /** Hosts that may be asked over plain http. Their address is judged as any other's. */
  readonly httpHosts: readonly string[];
}

export interface FetchLimits {
  readonly maxBytes: number;
  /** Ends the fetch; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A port: the one way in which the manager asks other servers for files on behalf of users. */
export abstract class Outbound {
  /**
   * Fetches `url` into a new file; its content is stored as it comes, whatever content type or coding is declared.
   * @throws OutboundRefusedError (400) when the URL is not allowed or the fetch fails, StorageFullError. The file is
   *   gone then.
   */
  abstract fetchToFile(url: string, targetPath: string, limits: FetchLimits): Promise<StoredFile>;
}
