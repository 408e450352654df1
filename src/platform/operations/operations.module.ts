import { Module } from '@nestjs/common';
import { LocalDispatch } from './local-dispatch.js';
import { OperationDispatch } from './operation-dispatch.js';

/** Where operations are sent to. */
@Module({
  providers: [{ provide: OperationDispatch, useClass: LocalDispatch }],
  exports: [OperationDispatch],
})
export class OperationsModule {}
