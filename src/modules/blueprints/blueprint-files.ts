export const blueprintKey = (filesKey: string): string => `blueprints/${filesKey}`;
export const archiveKey = (filesKey: string): string => `blueprints/${filesKey}/archive`;
export const folderKey = (filesKey: string): string => `blueprints/${filesKey}/files`;
export const iconFileKey = (filesKey: string, iconKey: string): string => `blueprints/${filesKey}/icons/${iconKey}.png`;
