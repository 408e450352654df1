import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { DependenciesService } from '../../deployments/dependencies/dependencies.service.js';
import { DeploymentRuntime } from '../../deployments/running/deployment-runtime.port.js';
import { ObjectLookupsService } from '../../deployments/lookups/object-lookups.service.js';

/** What executions ask of deployments, found when it is asked for. */
@Injectable()
export class DeploymentParts {
  constructor(private readonly modules: ModuleRef) {}

  get runtime(): DeploymentRuntime {
    return this.modules.get(DeploymentRuntime, { strict: false });
  }

  get lookUps(): ObjectLookupsService {
    return this.modules.get(ObjectLookupsService, { strict: false });
  }

  get dependencies(): DependenciesService {
    return this.modules.get(DependenciesService, { strict: false });
  }
}
