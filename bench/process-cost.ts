import { readFile } from 'node:fs/promises';

const TICK_MS = 10; // USER_HZ is 100 on every Linux that matters
const PAGE_BYTES = 4096;

/** CPU time that a process has used, in ms; its children do not count. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

export async function rssMib(pid: number): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8');
  return (Number(statm.split(' ')[1]) * PAGE_BYTES) / 2 ** 20;
}
