/**
 * A port, given by whoever opens the listeners: how this manager calls itself, and where it is reached. A single machine
 * shows one address for manager, broker and database: by that clients take it for one machine (rest-api §5.6).
 */
export abstract class ServerIdentity {
  /** The setting `manager_hostname`, else the host's name. */
  abstract get hostname(): string;
  /** Where agents and other nodes reach the internal listener. */
  abstract get privateAddress(): string;
  /** Where clients reach the external listener. */
  abstract get publicAddress(): string;
  /** The certificate (PEM) of the authority that signs ours; empty where the operator brought certificates without one. */
  abstract get caCertificatePem(): string;
}
