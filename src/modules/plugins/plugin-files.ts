export const pluginKey = (filesKey: string): string => `plugins/${filesKey}`;
export const wagonKey = (filesKey: string): string => `plugins/${filesKey}/wagon`;
export const yamlFolderKey = (filesKey: string): string => `plugins/${filesKey}/yaml`;
export const iconKey = (filesKey: string): string => `plugins/${filesKey}/icon.png`;
