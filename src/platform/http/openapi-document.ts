import { Injectable } from '@nestjs/common';

/** The OpenAPI document of the running application: built once, when it is first asked for. */
@Injectable()
export class OpenApiDocument {
  private build: (() => object) | null = null;
  private built: object | null = null;

  provide(build: () => object): void {
    this.build = build;
  }

  get(): object {
    if (!this.build) throw new Error('The document is provided when the application is created.');
    this.built ??= this.build();
    return this.built;
  }
}
