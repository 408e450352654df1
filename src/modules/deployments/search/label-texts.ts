import { Injectable } from '@nestjs/common';
import { RESERVED_LABEL_KEYS } from '../../../core/labels/labels.js';
import type { Listing, ListingRules } from '../../../core/listing/listing.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { ListMetadata } from '../../../platform/listing/list-queries.js';
import { LabelTextsRepository } from './label-texts.repository.js';

/** A list of plain texts. */
export interface TextPage {
  readonly items: readonly string[];
  readonly metadata: ListMetadata;
}

/** Texts have no fields: they are paged and searched, that is all. */
export const LABEL_TEXTS: ListingRules & { readonly resource: string } = {
  resource: 'labels',
  fields: {},
  getAllResults: true,
};

@Injectable()
export class DeploymentLabelTexts {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly labels: LabelTextsRepository,
  ) {}

  /** The keys of the labels of visible deployments, or the values that one key has, ascending. */
  async page(ctx: ReachCtx, key: string | null, listing: Listing): Promise<TextPage> {
    const { texts, total } = await this.unitOfWork.run(ctx, (ctx) => this.labels.distinct(ctx, key, listing));
    return { items: texts, metadata: metadataOf(listing, total) };
  }

  reserved(listing: Listing): TextPage {
    const search = listing.search?.toLowerCase() ?? '';
    const all = RESERVED_LABEL_KEYS.filter((key) => key.includes(search)).toSorted();
    const items = listing.everything ? all : all.slice(listing.offset, listing.offset + listing.size);
    return { items, metadata: metadataOf(listing, all.length) };
  }
}

function metadataOf({ size, offset }: Listing, total: number): ListMetadata {
  return { pagination: { total, size, offset }, filtered: null };
}
