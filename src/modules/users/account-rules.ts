import type { Actor } from '../../core/access/actor.js';
import { IllegalActionError } from '../../core/errors/app-error.js';

export interface Target {
  readonly id: number;
  readonly username: string;
}

/** Nobody may shut themselves out, nor anybody the bootstrap administrator. @throws IllegalActionError */
export function assertMayBeShutOut(
  actor: Actor,
  target: Target,
  bootstrapAdminId: number,
  verb: 'delete' | 'deactivate',
): void {
  if (target.id === bootstrapAdminId) {
    throw new IllegalActionError(`Cannot ${verb} \`${target.username}\`, the bootstrap administrator`);
  }
  if (target.id === actor.userId) throw new IllegalActionError(`Cannot ${verb} your own account`);
}
