import { tmpdir } from 'node:os';
import type { AppConfig } from '../config/config.js';
import type { OutboundPolicy } from '../outbound/outbound.js';
import { placesOf, type Places } from './process/hidden-places.js';
import type { Containment, OperationUser, ProcessLimits } from './process/containment.js';

const MIB = 1_048_576;

/** What operators and tests choose. */
export interface OperationsSettings {
  /** Where folders of running operations are made; not below the data folder, which operations cannot enter. */
  readonly folder: string;
  /** Whom operations run as; null is the worker's own user. */
  readonly user: OperationUser;
  readonly limits: ProcessLimits;
  /** Of one operation; what it prints beyond is dropped. */
  readonly outputBytes: number;
  /** The longest an operation may take, whatever it asks for itself; 0 is without limit. */
  readonly maxSeconds: number;
  readonly runHostOperations: boolean;
  readonly allowFileUrls: boolean;
  readonly outbound: OutboundPolicy;
  /** What to do where operations would run as the manager's user and see what it sees; `off` does not even try. */
  readonly isolation: AppConfig['operationsIsolation'];
  readonly places: Places;
  /** How operations reach the manager. */
  readonly manager: { readonly host: string; readonly port: number };
  /** Not for operators: takes this containment instead of the strongest there is. */
  readonly containment?: Containment['kind'];
}

export function settingsOf(config: AppConfig): OperationsSettings {
  const canChangeUser = process.getuid?.() === 0 && config.operationsUser !== 0;
  return {
    folder: config.operationsFolder ?? tmpdir(),
    user: canChangeUser ? { uid: config.operationsUser, gid: config.operationsUser } : null,
    limits: {
      memoryBytes: config.operationMemoryMib * MIB,
      processes: config.operationProcesses,
      fileBytes: config.operationFileMib * MIB,
    },
    outputBytes: config.operationOutputMib * MIB,
    maxSeconds: config.operationMaxSeconds,
    runHostOperations: config.runHostOperationsLocally,
    allowFileUrls: config.operationFileUrls,
    outbound: {
      allowedHosts: config.outboundAllowedHosts,
      allowedNetworks: config.outboundAllowedNetworks,
      httpHosts: config.outboundHttpHosts,
    },
    isolation: config.operationsIsolation,
    places: placesOf(config),
    manager: { host: config.publicAddress ?? '127.0.0.1', port: config.internalPort },
  };
}
