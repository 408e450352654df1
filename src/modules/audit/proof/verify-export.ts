import type { Checkpoint } from '../../../core/audit/checkpoint.js';
import { entryFault, type Fault, type OnFault } from '../../../core/audit/fault.js';
import { verifyingKeyFromPem } from '../../../core/audit/signing.js';
import { verifyChain, type ChainItem, type VerifyReport } from '../../../core/audit/verify-chain.js';
import { AuditExportError, readExportLine, type ExportFooter, type ExportHeader } from './export-format.js';
import { textLines } from './text-lines.js';

export interface VerifyExportRequest {
  /** From a place the exporter has no hand in. */
  readonly publicKeyPem: string;
  readonly heldCheckpoints?: readonly Checkpoint[];
  readonly onFault: OnFault;
}

/**
 * Verifies an export with nothing but the public key, without a database. What comes after the last checkpoint is held
 * together by hashes alone: `signedUpTo` of the report says where that begins.
 * @throws AuditExportError when it is no export, TypeError when the key is none.
 */
export async function verifyExport(
  bytes: AsyncIterable<Uint8Array>,
  { publicKeyPem, heldCheckpoints = [], onFault }: VerifyExportRequest,
): Promise<VerifyReport> {
  const key = verifyingKeyFromPem(publicKeyPem);
  const reader = new ExportReader(bytes);
  const { installation } = await reader.header();
  const report = await verifyChain(reader.items(), {
    installationId: installation,
    keys: [key],
    macKey: null,
    heldCheckpoints,
    onFault,
  });
  const cut = reader.cut(report.head.seq);
  if (cut === null) return report;
  onFault(cut);
  return { ...report, isIntact: false, faults: { ...report.faults, cut_tail: (report.faults.cut_tail ?? 0) + 1 } };
}

class ExportReader {
  private readonly lines: ReturnType<typeof textLines>;
  private footer: ExportFooter | null = null;
  private read = 0;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.lines = textLines(bytes);
  }

  async header(): Promise<ExportHeader> {
    const first = await this.lines.next();
    if (first.done === true) throw new AuditExportError(1, 'the export is empty');
    const line = readExportLine(first.value.text, first.value.number);
    if (line.type !== 'header') throw new AuditExportError(1, 'the export does not begin with its header');
    return line;
  }

  async *items(): AsyncGenerator<ChainItem> {
    for await (const { number, text } of this.lines) {
      if (this.footer !== null) throw new AuditExportError(number, 'something follows the footer');
      const line = readExportLine(text, number);
      if (line.type === 'header') throw new AuditExportError(number, 'a second header');
      if (line.type === 'footer') {
        this.footer = line;
        continue;
      }
      this.read += 1;
      yield line.item;
    }
  }

  /** An export that lost its end, or lines in between. */
  cut(lastSeq: number): Fault | null {
    if (this.footer?.items === this.read) return null;
    const message =
      this.footer === null
        ? 'the export ends without its footer: its end was cut off'
        : `the export was written with ${this.footer.items} items, ${this.read} are left`;
    return entryFault('cut_tail', lastSeq + 1, lastSeq + 1, message);
  }
}
