/** What is wrong with a plugin that somebody uploaded; the message names the file and the reason. */
export class PluginFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PluginFault';
  }
}
