/** How far the installation of a plugin has come somewhere (rest-api §1.16). */
export const INSTALLATION_STATES = [
  'pending-install',
  'installing',
  'installed',
  'error',
  'pending-uninstall',
  'uninstalling',
  'uninstalled',
] as const;

export type InstallationState = (typeof INSTALLATION_STATES)[number];

export function isInstallationState(text: string): text is InstallationState {
  return (INSTALLATION_STATES as readonly string[]).includes(text);
}
