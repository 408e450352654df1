/** The folder that the operations of a deployment share. */
export const deploymentFolderKey = (filesKey: string): string => `deployments/${filesKey}`;
