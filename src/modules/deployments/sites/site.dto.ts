import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../../core/access/visibility.js';
import { LooseBool, Maybe, Str } from '../../../platform/http/validation.js';
import { ListMetadataModel } from '../ownership/list.dto.js';

/** Body of `PUT /sites/{name}` (rest-api §3.14). */
export class PutSite {
  @ApiProperty({ type: String, required: false, nullable: true, example: '34.8,32.0', description: '`""`: nowhere' })
  @Maybe()
  @Str()
  readonly location?: string | null;
  @ApiProperty({ enum: VISIBILITIES, required: false, nullable: true }) @Maybe() @Str() readonly visibility?:
    string | null;
  @ApiProperty({ type: String, format: 'date-time', required: false, nullable: true, description: 'Restore only' })
  @Maybe()
  @Str()
  readonly created_at?: string | null;
  @ApiProperty({ type: String, required: false, nullable: true, description: 'Restore only' })
  @Maybe()
  @Str()
  readonly created_by?: string | null;
}

/** Body of `POST /sites/{name}`. */
export class UpdateSite extends PutSite {
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly new_name?: string | null;
}

/** Body of `POST /deployments/{id}/set-site` (rest-api §3.2): one of them. */
export class SetSite {
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly site_name?: string | null;
  @ApiProperty({ type: Boolean, required: false, nullable: true }) @Maybe() @LooseBool() readonly detach_site?:
    boolean | null;
}

/** rest-api §3.14. */
export class SiteModel {
  @ApiProperty() readonly name: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty({ type: Number, nullable: true }) readonly latitude: number | null;
  @ApiProperty({ type: Number, nullable: true }) readonly longitude: number | null;
  @ApiProperty({ type: String, nullable: true }) readonly location: string | null;
}

export class SiteListModel {
  @ApiProperty({ type: SiteModel, isArray: true }) readonly items: readonly SiteModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}
