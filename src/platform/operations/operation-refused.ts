/** An operation cannot be run, and would not run the next time either; the text says what to do. */
export class OperationRefused extends Error {}
