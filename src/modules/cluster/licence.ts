import { isMap, parseDocument } from 'yaml';
import { AppError } from '../../core/errors/app-error.js';
import { API_RELEASE } from './product.js';
import type { LicenceView } from './licence.dto.js';

/** We hold no licence and always say licensed (rest-api §1.18). */
export const LICENCE: LicenceView = {
  customer_id: 'holdfast',
  license_edition: 'Premium',
  cloudify_version: API_RELEASE,
  expiration_date: null,
  trial: false,
  expired: false,
  capabilities: null,
};

/**
 * Licences are accepted and ignored, but what is none gets the contract's answer. Nothing of it is built: an alias bomb
 * stays a few nodes.
 * @throws AppError invalid_yaml_format
 */
export function assertLicenceText(text: string): void {
  if (!isYamlMapping(text)) {
    throw new AppError('invalid_yaml_format', 'The licence must be a YAML document that holds a mapping');
  }
}

function isYamlMapping(text: string): boolean {
  try {
    const document = parseDocument(text, { logLevel: 'silent', prettyErrors: false });
    return document.errors.length === 0 && isMap(document.contents);
  } catch {
    return false; // nested deeper than the parser follows
  }
}
