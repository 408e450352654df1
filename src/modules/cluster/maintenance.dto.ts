import { ApiProperty } from '@nestjs/swagger';
import type { MaintenanceStatus } from '../../platform/access/maintenance.js';

export class RemainingExecutionView {
  @ApiProperty() readonly id: string;
  @ApiProperty() readonly status: string;
  @ApiProperty({ type: String, nullable: true }) readonly deployment_id: string | null;
  @ApiProperty() readonly workflow_id: string;
}

/** rest-api §3.19. */
export class MaintenanceView {
  @ApiProperty({ enum: ['activated', 'activating', 'deactivated'] }) readonly status: MaintenanceStatus;
  @ApiProperty({ description: 'Empty while it is not active' }) readonly activated_at: string;
  @ApiProperty({ description: 'Empty where nobody asked' }) readonly activation_requested_at: string;
  @ApiProperty({
    type: [RemainingExecutionView],
    nullable: true,
    description: 'What still runs while activating, for those who may switch the mode',
  })
  readonly remaining_executions: readonly RemainingExecutionView[] | null;
  @ApiProperty({ description: 'User name; empty where nobody asked' }) readonly requested_by: string;
}
