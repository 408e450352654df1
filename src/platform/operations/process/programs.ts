import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Whether operations find a program. */
export async function isOnPath(program: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    try {
      await access(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // It is not there.
    }
  }
  return false;
}
