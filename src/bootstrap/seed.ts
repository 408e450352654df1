import type { INestApplicationContext } from '@nestjs/common';
import { SystemFilters } from '../modules/deployments/search/system-filters.js';
import { SeedService } from '../modules/groups/seed.service.js';

/**
 * Roles, permissions, the default tenant and the first administrator. What is there already stays as it is.
 * @param adminPassword asked for only when the installation is new
 * @returns whether it was
 */
export async function seedInstallation(
  app: INestApplicationContext,
  adminPassword: () => Promise<string>,
): Promise<boolean> {
  const { isNew } = await app.get(SeedService, { strict: false }).seed({ adminPassword });
  await app.get(SystemFilters, { strict: false }).seed();
  return isNew;
}
